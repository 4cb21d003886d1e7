package gitrepo_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

// fakeGit is a program that says it is git and answers one subcommand with a script of its own;
// all others go to the real one.
func fakeGit(t *testing.T, subcommand, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "git")
	text := fmt.Sprintf("#!/bin/sh\nfor a in \"$@\"; do\n  if [ \"$a\" = %s ]; then\n%s\n  fi\ndone\nexec git \"$@\"\n", subcommand, script)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// Whatever a server makes git print as its list of refs, nothing but refs gets through.
func TestListsOfRefsThatMakeNoSense(t *testing.T) {
	id := strings.Repeat("1", 40)
	for name, c := range map[string]struct {
		says string
		want error
	}{
		"nonsense":         {"hello", gitrepo.ErrBadAnswer},
		"no tab":           {id + " refs/heads/main", gitrepo.ErrBadAnswer},
		"upper case":       {strings.Repeat("A", 40) + "\trefs/heads/main", gitrepo.ErrBadAnswer},
		"short":            {id[1:] + "\trefs/heads/main", gitrepo.ErrBadAnswer},
		"names to pass by": {id + "\trefs/heads/../x\n" + id + "\trefs/heads/a b\n" + id + "\tmain\n" + id + "\trefs/heads/x.lock\n" + id + "\trefs/x\n" + id + "\trefs/heads/-x\n" + id + "\trefs/tags/v1^{}\n" + id + "\trefs/incoming/heads/main", nil},
		"a strange HEAD":   {"ref: ../../etc/passwd\tHEAD\n" + id + "\tHEAD", nil},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "says")
			if err := os.WriteFile(file, []byte(c.says+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			m := newMirror(t, gitrepo.Options{Program: fakeGit(t, "ls-remote", "cat "+file+"; exit 0")})
			repo, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://git.example.org/a"})
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatal(err)
			}
			if err != nil {
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("%q", err)
				}
				return
			}
			if got := refs(t, repo); len(got) != 0 {
				t.Error(got)
			}
		})
	}
}

// A branch that is deleted between the list and the transfer is not an error.
func TestARefThatGoesAway(t *testing.T) {
	w := newWork(t)
	gone := filepath.Join(t.TempDir(), "listed")
	program := fakeGit(t, "ls-remote", fmt.Sprintf(
		"if [ ! -e %s ]; then touch %s; printf '%%s\\trefs/heads/gone\\n' %s; fi; exec git \"$@\"", gone, gone, strings.Repeat("1", 40)))
	m := newMirror(t, gitrepo.Options{Program: program})
	repo, u := m.update(w.dir)
	if len(refs(t, repo)) != 1 || !u.Cloned {
		t.Errorf("%v %+v", refs(t, repo), u)
	}
}

func TestWhatGitSaysBecomesOneLine(t *testing.T) {
	for name, c := range map[string]struct {
		script   string
		want     error
		contains string
		lacks    string
	}{
		"several lines":      {`printf 'remote: no such thing\nremote: \nfatal: cannot go on\n' >&2; exit 128`, nil, "no such thing; cannot go on", "fatal"},
		"control characters": {`printf 'fatal: \033[31mred\007 alert\r\n' >&2; exit 1`, nil, "red", "\x1b"},
		"nothing":            {`exit 7`, nil, "exit status 7", ""},
		"a URL":              {`echo "fatal: unable to access 'https://ann:secret99@git.corp/a?token=abc123': gone" >&2; exit 128`, nil, "git.corp", "secret99"},
		"a token":            {`echo "fatal: https://git.corp/a?private_token=abc12345 failed" >&2; exit 128`, nil, "git.corp", "abc12345"},
		"the header":         {`echo "fatal: $GIT_CONFIG_COUNT header Bearer header-secret refused" >&2; exit 128`, nil, "refused", "header-secret"},
		"the proxy":          {`echo "fatal: cannot connect to http://me:proxypass@proxy:1" >&2; exit 128`, nil, "proxy:1", "proxypass"},
		"not found":          {`echo "fatal: repository 'https://git.corp/a/' not found" >&2; exit 128`, fetch.ErrAbsent, "not found", ""},
		"ssh":                {`echo "ann@git.corp: Permission denied (publickey)." >&2; exit 255`, fetch.ErrUnauthorized, "denied", ""},
		"no terminal":        {`echo "fatal: could not read Username for 'https://git.corp': terminal prompts disabled" >&2; exit 128`, fetch.ErrUnauthorized, "", ""},
		"very much":          {`i=0; while [ $i -lt 3000 ]; do echo "error: line $i of very many lines" >&2; i=$((i+1)); done; exit 1`, nil, "line 2999", "line 1000"},
		"one endless line":   {`head -c 100000 /dev/zero | tr '\0' x >&2; exit 1`, nil, "xxx", ""},
		"not UTF-8":          {`printf 'fatal: \377\376 bytes\n' >&2; exit 1`, nil, "bytes", "\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, gitrepo.Options{
				Program:   fakeGit(t, "ls-remote", c.script),
				Config:    map[string]string{"http.proxy": "http://me:proxypass@proxy:1"},
				Authorize: func(string) string { return "Bearer header-secret" },
			})
			_, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://git.corp/a"})
			if err == nil || c.want != nil && !errors.Is(err, c.want) || c.want == nil && (errors.Is(err, fetch.ErrAbsent) || errors.Is(err, fetch.ErrUnauthorized)) {
				t.Fatal(err)
			}
			text := err.Error()
			if !strings.Contains(text, c.contains) || c.lacks != "" && strings.Contains(text, c.lacks) || strings.ContainsAny(text, "\n\r") || len(text) > 1000 {
				t.Errorf("%q", text)
			}
		})
	}
}

func TestObjectsOfAProgramThatMisbehaves(t *testing.T) {
	w := newWork(t)
	id := w.git("rev-parse", "HEAD")
	for name, script := range map[string]string{
		"ends at once":     "exit 0",
		"says nonsense":    "echo hello; cat >/dev/null; exit 0",
		"another object":   "echo " + strings.Repeat("1", 40) + " blob 1; echo x; cat >/dev/null; exit 0",
		"a negative size":  "echo " + id + " blob -1; cat >/dev/null; exit 0",
		"no line":          "head -c 200000 /dev/zero; exit 0",
		"a complaint":      "echo 'fatal: packfile is damaged' >&2; exit 128",
		"ends in the body": "echo " + id + " blob 100; echo short; exit 0",
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, gitrepo.Options{Program: fakeGit(t, "--batch", script)})
			repo, _ := m.update(w.dir)
			o, err := repo.Objects(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			_, _, body, err := o.Object(id)
			if err == nil {
				buf := make([]byte, 1000)
				for err == nil {
					_, err = body.Read(buf)
				}
				if name != "ends in the body" {
					t.Fatal("no error")
				}
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000 {
				t.Errorf("%q", err)
			}
			if _, _, _, again := o.Object(id); again == nil {
				t.Error("used again without an error")
			}
		})
	}
}

func TestAnswersOfABackendThatMisbehaves(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	for name, c := range map[string]struct {
		script string
		want   int // 0: the connection breaks
	}{
		"nothing":              {"exit 0", 500},
		"fails":                {"exit 1", 500},
		"no headers":           {"echo hello; exit 0", 500},
		"endless headers":      {"yes 'X-A: b'; exit 0", 500},
		"a strange status":     {"printf 'Status: 99 x\\r\\n\\r\\n'; exit 0", 500},
		"not found":            {"printf 'Status: 404 Not Found\\r\\nSet-Cookie: x\\r\\n\\r\\n'; exit 0", 404},
		"fails in the middle":  {"printf 'Content-Type: text/x\\r\\n\\r\\nsome'; exit 1", 0},
		"well":                 {"printf 'Content-Type: text/x\\r\\n\\r\\nsome'; exit 0", 200},
		"without end of lines": {"head -c 100000 /dev/zero; exit 0", 500},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := gitrepo.Handler(newGit(t, gitrepo.Options{Program: fakeGit(t, "http-backend", c.script)}), openRoot(t, dir), gitrepo.ServeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			s := listen(t, h)
			resp, err := s.Client().Get(s.URL + "/a.git/info/refs?service=git-upload-pack")
			status := 0
			if err == nil {
				defer resp.Body.Close()
				status = resp.StatusCode
				buf := make([]byte, 1000)
				for err == nil {
					_, err = resp.Body.Read(buf)
				}
				if err.Error() != "EOF" {
					status = 0
				}
				if resp.Header.Get("Set-Cookie") != "" {
					t.Error("a header of the program's got through")
				}
			}
			if status != c.want {
				t.Errorf("%d, want %d (%v)", status, c.want, err)
			}
		})
	}
}

package gitrepo_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// redirecting answers only to who brings the credentials, and sends them on to another place.
func redirecting(t *testing.T, want, to string) string {
	return listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != want {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, to+r.URL.RequestURI(), http.StatusFound)
	})).URL
}

// Git itself would send the header on with all requests that follow a redirect.
func TestCredentialsDoNotFollowRedirects(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "corp/a.git")
	h, err := gitrepo.Handler(newGit(t, gitrepo.Options{}), openRoot(t, dir), gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var leaked []string
	elsewhere := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			mu.Lock()
			leaked = append(leaked, r.Method+" "+r.URL.Path)
			mu.Unlock()
		}
		h.ServeHTTP(w, r)
	}))
	const token = "Bearer t0psecret-token"
	url := redirecting(t, token, elsewhere.URL) + "/corp/a.git"
	for name, c := range map[string]struct {
		url string
		o   gitrepo.Options
	}{
		"of the host": {url, gitrepo.Options{Authorize: func(string) string { return token }}},
		"gitconfig":   {url, gitrepo.Options{Config: map[string]string{"http." + url + ".extraHeader": "Authorization: " + token}}},
	} {
		_, _, err := newMirror(t, c.o).Update(t.Context(), gitrepo.Source{URL: c.url})
		mu.Lock()
		if len(leaked) > 0 {
			t.Errorf("%s: %q were sent the credentials", name, leaked)
		}
		leaked = nil
		mu.Unlock()
		if err == nil || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever wants redirects to be followed nevertheless says so.
func TestRedirectsAreFollowedWhereThatIsHarmless(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "corp/a.git")
	s := serve(t, dir, gitrepo.ServeOptions{})
	m := newMirror(t, gitrepo.Options{})
	m.must(gitrepo.Source{URL: redirecting(t, "", s.URL) + "/corp/a.git"})

	const token = "Bearer t0psecret-token"
	url := redirecting(t, token, s.URL) + "/corp/a.git"
	m = newMirror(t, gitrepo.Options{
		Authorize: func(string) string { return token }, Config: map[string]string{"http.followRedirects": "initial"},
	})
	m.must(gitrepo.Source{URL: url})
}

package mirror_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
)

// honest fails if any file of the store but one is not what its name says.
func (w *world) honest(but string) {
	w.t.Helper()
	err := filepath.WalkDir(filepath.Join(w.dir, "store"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == but {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != d.Name() {
			w.t.Errorf("%s is not what its name says", path)
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
}

// endless never stops.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// offer is a source of one stream.
type offer struct {
	name string
	open func() (io.Reader, error)
}

func (o offer) Name() string { return o.name }
func (o offer) Fetch(ctx context.Context, _ salvage.Wanted, sink salvage.Sink) error {
	r, err := o.open()
	if err != nil {
		return err
	}
	return sink.Copy(ctx, r)
}

func TestRepairBelievesNoSource(t *testing.T) {
	const body = "alpha, which is a little longer than it was"
	stream := func(r io.Reader) salvage.Source {
		return offer{"stream", func() (io.Reader, error) { return r, nil }}
	}
	site := func(handler http.HandlerFunc) func(t *testing.T) salvage.Source {
		return func(t *testing.T) salvage.Source {
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			s, err := salvage.NewSite(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	wrong := strings.ToUpper(body)
	for name, source := range map[string]func(t *testing.T) salvage.Source{
		"wrong bytes": func(*testing.T) salvage.Source { return stream(strings.NewReader(wrong)) },
		"endless":     func(*testing.T) salvage.Source { return stream(endless{}) },
		"a byte more": func(*testing.T) salvage.Source { return stream(strings.NewReader(body + "!")) },
		"a byte less": func(*testing.T) salvage.Source { return stream(strings.NewReader(body[1:])) },
		"nothing":     func(*testing.T) salvage.Source { return stream(strings.NewReader("")) },
		"breaks off": func(*testing.T) salvage.Source {
			return stream(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(body))))
		},
		"error": func(*testing.T) salvage.Source {
			return offer{"broken", func() (io.Reader, error) { return nil, errors.New("broken") }}
		},
		"HTTP, wrong bytes": site(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, wrong) }),
		"HTTP, endless":     site(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, endless{}) }),
		"HTTP, a page for everything": site(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>please log in</html>")
		}),
		"HTTP, redirected in a circle": site(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }),
		"HTTP, redirected to a file": site(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}),
		"HTTP, slow": site(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "43")
			_, _ = io.WriteString(w, "a")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}),
		"HTTP, truncated": site(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "43")
			_, _ = io.WriteString(w, body[:20])
		}),
		"HTTP, an error": site(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, http.StatusInternalServerError) }),
		"links and pipes on disk": func(t *testing.T) salvage.Source {
			dir := t.TempDir()
			object := filepath.Join(dir, "store/sha256", sum(body)[:2], sum(body))
			err := errors.Join(os.MkdirAll(filepath.Dir(object), 0o755), os.Symlink("/dev/zero", object),
				os.MkdirAll(filepath.Join(dir, "toy"), 0o755), syscall.Mkfifo(filepath.Join(dir, "toy/a"), 0o600))
			if err != nil {
				t.Fatal(err)
			}
			return openRoot(t, dir)
		},
		"a tree that leads elsewhere": func(t *testing.T) salvage.Source {
			dir := t.TempDir()
			if err := os.Symlink("/etc", filepath.Join(dir, "toy")); err != nil {
				t.Fatal(err)
			}
			return openRoot(t, dir)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]string{"a": body, "b": "beta"})
			w.cfg.Fetch.StallTimeout, w.cfg.Fetch.AnswerTimeout = 200*time.Millisecond, 200*time.Millisecond
			w.mustSync()
			overwrite(t, w.object(body), wrong)
			v := w.repair(mirror.RepairOptions{Offline: true, Sources: []salvage.Source{source(t)}})
			if len(v.Damage) != 1 || v.Damage[0].Path != "a" || !strings.Contains(v.Damage[0].Error, "it cannot be had") {
				t.Errorf("%+v", v.Damage)
			}
			w.honest(sum(body))
			// The next source, and upstream, help nevertheless.
			v = w.repair(mirror.RepairOptions{Sources: []salvage.Source{source(t)}})
			if len(v.Damage) != 0 {
				t.Errorf("%+v", v.Damage)
			}
			w.honest("")
		})
	}
}

func TestRepairEndsWithItsContext(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	overwrite(t, w.object("alpha"), "ALPHA")
	ctx, cancel := context.WithCancel(t.Context())
	source := offer{"slow", func() (io.Reader, error) { cancel(); return endless{}, nil }}
	if v, err := w.mirror().Repair(ctx, w.job(ecosystems.Selection{}), mirror.RepairOptions{Sources: []salvage.Source{source}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", v, err)
	}
	w.honest(sum("alpha"))
	if v := w.repair(mirror.RepairOptions{}); len(v.Damage) != 0 {
		t.Errorf("%+v", v.Damage)
	}
}

func TestRepairWantsTheLock(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	unlock, err := w.mirror().Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := w.mirror().Repair(t.Context(), w.job(ecosystems.Selection{}), mirror.RepairOptions{}); err == nil {
		t.Error("it ran beside another")
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("%+v", v.Damage)
	}
}

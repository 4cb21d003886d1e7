package all_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/all"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// listener counts connections and answers none.
func listener(t *testing.T) (url string, count *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count = &atomic.Int64{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close() })
	return "http://" + l.Addr().String(), count
}

// driver makes a driver all of whose upstreams are at url.
func driver(t *testing.T, eco ecosystems.Ecosystem, url string) ecosystems.Driver {
	t.Helper()
	options := eco.Options()
	v := reflect.ValueOf(options).Elem()
	for i := range v.NumField() {
		switch name := v.Type().Field(i).Name; {
		case strings.HasSuffix(name, "Upstream"):
			v.Field(i).SetString(url)
		case name == "Configs":
			file := filepath.Join(t.TempDir(), "repos.json")
			text := fmt.Sprintf(`{"repositories": {"x": {"repository": {"type": "archive", "content": %q, "fetch": %q}}}}`, strings.Repeat("0", 40), url+"/x.tgz")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			v.Field(i).Set(reflect.ValueOf([]string{file}))
		}
	}
	d, err := eco.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var zeroes = strings.Repeat("0", 40)

// outward are paths of all kinds that clients ask for, most of which the mirror lacks.
var outward = []string{
	"", "x", "names", "versions", "public_key", "packages/plug", "tarballs/plug-1.0.0.tar", "docs/plug-1.0.0.tar.gz", "policies/x",
	"repos/acme/packages/x", "repos/acme/tarballs/x-1.0.0.tar", "installs/hex-1.x.csv", "builds/otp/x/builds.txt", "api/packages/plug", "api/packages/plug/releases/1.0.0",
	"registries", "registries.eager", "registries.conservative", "meta", "registry/23338594-aafe-5451-b93e-139f81909106/" + zeroes,
	"package/682c06a0-de6a-54ab-a142-c8b1cf79cde6/" + zeroes, "artifact/" + zeroes, "artifact/" + zeroes + ".tar.zst", "bin/versions.json",
	"bin/linux/x64/1.10/julia-1.10.0-linux-x86_64.tar.gz", "juliaup/bin/x", "classic/x", "classic/registries/General.git/info/refs?service=git-upload-pack",
	"blob/" + zeroes + "/x.tgz", "distdir/x.tgz", "audit.json", "git/example.org/x.git/info/refs?service=git-upload-pack", "git/example.org/x.git/HEAD", ".just-local.json",
	"just-local.json", "gitconfig", "http://example.org/", "..%2f..%2fetc/passwd", "//example.org/x",
}

// Unless it is told to pull, a server of any ecosystem connects to nobody, whatever it is asked; the same
// requests do reach upstream when it is.
func TestServingConnectsToNobody(t *testing.T) {
	for _, pull := range []bool{false, true} {
		t.Run(fmt.Sprintf("pull_through=%v", pull), func(t *testing.T) {
			url, count := listener(t)
			for name, v := range map[string]string{"HTTP_PROXY": url, "HTTPS_PROXY": url} {
				t.Setenv(name, v)
			}
			cfg := mirror.Config{Fetch: fetch.DefaultConfig()}
			cfg.Fetch.Retries, cfg.Fetch.Backoff = 0, time.Millisecond
			m, err := mirror.Create(t.TempDir(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			drivers := map[string]ecosystems.Driver{}
			for _, eco := range all.Ecosystems() {
				drivers[eco.Name] = driver(t, eco, url)
				publish(t, m, eco.Name)
			}
			site := m.Handler(drivers)
			if pull {
				p, err := m.PullThrough(context.Background(), drivers)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				site = p.Handler()
			}
			for name := range drivers {
				before := count.Load()
				for _, path := range outward {
					for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, "CONNECT"} {
						r := httptest.NewRequest(http.MethodGet, "/", nil)
						r.Method = method
						r.URL.Path, r.URL.RawQuery, _ = strings.Cut("/"+name+"/"+path, "?")
						site.ServeHTTP(httptest.NewRecorder(), r)
					}
				}
				asked := count.Load() > before
				if name == "hex" && pull {
					continue // which asks for what a signed list names only; its own tests have such a list
				}
				if asked != pull {
					t.Errorf("%s: connected to upstream: %v", name, asked)
				}
			}
		})
	}
}

// publish publishes a snapshot of one file.
func publish(t *testing.T, m *mirror.Mirror, ecosystem string) {
	t.Helper()
	id, err := m.Objects().Put(t.Context(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	history, err := m.History(ecosystem)
	if err != nil {
		t.Fatal(err)
	}
	s, err := history.Write(t.Context(), layout.Header{Time: time.Now()}, slices.Values([]layout.Entry{{Path: "x", Object: id, Size: 1}}))
	if err == nil {
		err = history.Publish(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
}

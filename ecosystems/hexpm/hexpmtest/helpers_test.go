package hexpmtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// answer is what a request came to.
type answer struct {
	*http.Response
	body []byte
}

func ask(t testing.TB, u *Upstream, method, path string, headers ...string) answer {
	t.Helper()
	req := httptest.NewRequest(method, "http://upstream.test/"+path, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	u.ServeHTTP(rec, req)
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res, body}
}

func get(t testing.TB, u *Upstream, path string, headers ...string) answer {
	t.Helper()
	return ask(t, u, http.MethodGet, path, headers...)
}

func trust(r *Repository) registry.Trust {
	return registry.Trust{Key: r.key.Public(), Repository: r.name}
}

// served reads a package as a client does.
func served(t testing.TB, u *Upstream, name string) *registry.Package {
	t.Helper()
	p, err := trust(u.Repository).Package(get(t, u, "packages/"+name).body, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// indexes reads both indexes as a client does.
func indexes(t testing.TB, u *Upstream) (names map[string]registry.NamedPackage, versions map[string]registry.VersionedPackage) {
	t.Helper()
	n, err := trust(u.Repository).Names(get(t, u, "names").body)
	if err != nil {
		t.Fatal(err)
	}
	v, err := trust(u.Repository).Versions(get(t, u, "versions").body)
	if err != nil {
		t.Fatal(err)
	}
	names, versions = map[string]registry.NamedPackage{}, map[string]registry.VersionedPackage{}
	for _, p := range n.Packages {
		names[p.Name] = p
	}
	for _, p := range v.Packages {
		versions[p.Name] = p
	}
	if len(names) != len(versions) {
		t.Errorf("%d packages in names, %d in versions", len(names), len(versions))
	}
	return names, versions
}

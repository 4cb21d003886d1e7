//go:build e2e

package e2e

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The mirror's address may be a literal one of IPv6.
func testJuliaIPv6(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	base := m.start("--listen", "[::1]:0")
	if !strings.HasPrefix(base, "http://[::1]:") {
		t.Fatalf("the base URL is %s", base)
	}
	u := newJuliaUser(t, base+"/julia")
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	if names := u.names.asked(); len(names) > 0 {
		t.Errorf("julia asked for hosts other than the mirror: %q", names)
	}
}

// A mirror behind TLS with a private authority works when julia's downloader
// trusts it, and not without.
func testJuliaAuthority(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	ca := newAuthority(t)
	base := m.start("--tls-cert", ca.certFile, "--tls-key", ca.keyFile)
	stranger := newJuliaUser(t, base+"/julia")
	stranger.add("Leaf").fails()

	u := newJuliaUser(t, base+"/julia")
	u.write("ca.pem", readFile(t, ca.rootFile))
	u.env = append(u.env, "CURL_CA_BUNDLE="+u.dir+"/ca.pem")
	u.add("Leaf").ok()
	u.says("Leaf", "Leaf.name()", "leaf 1.1.0")
	if names := u.names.asked(); len(names) > 0 {
		t.Errorf("julia asked for hosts other than the mirror: %q", names)
	}
}

// A private registry in git beside General: packages from git are what git has,
// whatever .gitattributes say, from a subfolder too; an artifact that no server has
// comes from where its author put it.
func testJuliaPrivate(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Shelf", "Vault").ok()
	u.has("Leaf 1.1.0", "Shelf 0.2.0", "Twig 0.3.0", "Vault 1.1.0")
	u.says("Shelf", "Shelf.name()", shelfSays)
	u.says("Vault", "(Vault.hidden(), Vault.subst(), Vault.lines(), Vault.gold())",
		`("not in git archive", "\$Format:%H\$", "one\ntwo\n", "gold")`)
	u.stayed(served)
}

// A mirror is an upstream for another one, which then has the same tree.
func testJuliaChain(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	inner := newTap(t, m.start()+"/julia")
	outer := mirror{t: t, root: newFolder(t) + "/mirror", ecosystem: "julia", sync: []string{"--upstream", inner.URL, "--registry", "*", "--zstd"}}
	outer.synced()
	inner.missesOnly("/registries.conservative")
	for _, folder := range []string{"registry", "package", "artifact"} {
		if got, want := outer.holds(folder), m.holds(folder); !slices.Equal(got, want) {
			t.Errorf("the second mirror has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	outer.offmirror("verify").ok()
	served := outer.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Shelf", "Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.says("Shelf", "Shelf.name()", shelfSays)
	u.stayed(served)

	// what package servers ask of their upstream before they fetch
	base, err := url.Parse(served.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"registries", outer.holds("package")[0], outer.holds("artifact")[0], outer.holds("registry")[0]} {
		newHome(t, bullseye).run(".", nil, "curl", "-sSI", base.JoinPath(name).String()).
			ok("200 OK", fmt.Sprintf("Content-Length: %d\r\n", len(readFile(t, outer.file(name)))))
	}
}

// nginx with the configuration in examples does all that julia needs.
func testJuliaNginx(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	m.nginx(juliaNginxAddress)
	served := newTap(t, "http://"+juliaNginxAddress+"/julia")
	u := newJuliaUser(t, served.URL)
	u.add("Tree", "Shelf").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.says("Shelf", "Shelf.name()", shelfSays)
	u.stayed(served)

	negotiates(t, m, newTap(t, "http://"+juliaNginxAddress+"/julia"))
}

// What a client of later Julia says of encodings gets it the variant in zstd, as
// `offmirror serve` and nginx both have it, and never a tarball that was compressed on
// the way.
func testJuliaZstd(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	negotiates(t, m, m.serve())
}

func negotiates(t testing.TB, m mirror, served *tap) {
	t.Helper()
	h := newHome(t, bullseye)
	requests := 0
	for _, folder := range []string{"registry", "package", "artifact"} {
		name := m.holds(folder)[0]
		for accept, file := range map[string]string{"": name, "gzip": name, "zstd, gzip": name + ".tar.zst", "zstd;q=0, gzip": name} {
			h.run(".", nil, "curl", "-sSf", "-o", "got", "-H", "Accept-Encoding: "+accept, served.URL+"/"+name).ok()
			requests++
			if h.read("got") != readFile(t, m.file(file)) {
				t.Errorf("who accepts %q does not get %s", accept, file)
			}
		}
	}
	h.run(".", nil, "curl", "-sSf", "-o", "got", "-H", "Accept-Encoding: zstd, gzip", served.URL+"/registries").ok()
	if h.read("got") != readFile(t, m.file("registries")) {
		t.Error("the list of registries is not the mirror's")
	}
	xs := served.exchanges()
	if len(xs) != requests+1 {
		t.Errorf("curl made %d requests, want %d", len(xs), requests+1)
	}
	for _, x := range xs {
		if len(x.response.Values("Content-Encoding")) > 0 {
			t.Errorf("%s was encoded: %v", x.path, x.response)
		}
		if strings.Contains(x.path, "/package/") && !slices.Contains(x.response.Values("Vary"), "Accept-Encoding") {
			t.Errorf("%s does not say that it varies: %v", x.path, x.response)
		}
	}
}

// Without any package server everything comes from git, and artifacts from where
// their authors put them.
func testJuliaAllFromGit(t *testing.T) {
	t.Parallel()
	s := newJuliaSite(t, juliaPublished(t))
	m := s.mirror(t, `registries = []`, `packages = ["Shelf", "Tree", "Hollow"]`, `platforms = ["x86_64-linux-gnu"]`, privateRegistry,
		"\n[[julia.registry]]\nname = \"General\"\nurl = \""+gitURL+"General.git\"\n").synced()
	for _, r := range s.up.Requests() {
		if !strings.HasPrefix(r.Path, "/releases/") { // the files of originURL
			t.Errorf("the package server was asked for %s", r.Path)
		}
	}
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Shelf", "Tree", "Hollow").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.says("Shelf", "Shelf.name()", shelfSays)
	u.says("Hollow", "Hollow.inside()", "deep empty full")
	u.stayed(served)
	m.offmirror("verify").ok()
}

// A mirror of a private registry alone: users find an empty General and do not look
// for it elsewhere.
func testJuliaEmptyGeneral(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	w.publish("Corp", juliaPkg{name: "Lone", version: "1.0.0", body: `name() = "lone"`})
	m := newJuliaSite(t, w).mirror(t, `registries = []`, `packages = ["Lone"]`, `empty_general = true`, privateRegistry).synced()
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Lone").ok()
	u.says("Lone", "Lone.name()", "lone")
	u.add("Leaf").fails("Leaf")
	u.stayed(served)
}

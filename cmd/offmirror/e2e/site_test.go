//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// TestSite has clients at a site that redirects names to its mirror, behind TLS
// with the site's own authority, and at one that lets in only whom it knows.
func TestSite(t *testing.T) {
	for _, sub := range []struct {
		name string
		test func(*testing.T)
	}{
		{"own_names_mix", testOwnNamesMix},
		{"own_names_rebar3", testOwnNamesRebar3},
		{"own_names_julia", testOwnNamesJulia},
		{"own_names_nginx", testOwnNamesNginx},
		{"access_mix", testAccessMix},
		{"access_julia", testAccessJulia},
		{"access_git", testAccessGit},
	} {
		t.Run(sub.name, func(t *testing.T) {
			t.Parallel()
			sub.test(t)
		})
	}
}

// Each site has an address of its own, on which the ports that names mean are free.
const (
	mixSite     = "127.60.0.1"
	rebar3Site  = "127.60.0.2"
	juliaSiteIP = "127.60.0.3"
	nginxSite   = "127.60.0.4"
)

// ownNames serves the mirror under names of others, at an address, with a configuration that
// has more lines, and returns the authority and a function that returns what was asked
// for under these names, as "STATUS HOST PATH".
func (m mirror) ownNames(ip string, hosts map[string]string, lines ...string) (authority, func() []string) {
	m.t.Helper()
	var names []string
	text := "[serve]\naccess_log = \"access.log\"\n[serve.hosts]\n"
	for name, part := range hosts {
		names = append(names, name)
		text += fmt.Sprintf("%q = %q\n", name, part)
	}
	ca := newAuthority(m.t, names...)
	text += fmt.Sprintf("[[serve.certificates]]\ncert = %q\nkey = %q\n", ca.certFile, ca.keyFile) + strings.Join(lines, "\n")
	dir := newFolder(m.t)
	writeFile(m.t, filepath.Join(dir, "offmirror.toml"), text)
	m.start("--config", filepath.Join(dir, "offmirror.toml"), "--listen", "https://"+ip+":443")
	return ca, func() []string {
		m.t.Helper()
		var asked []string
		for line := range strings.Lines(readFile(m.t, filepath.Join(dir, "access.log"))) {
			var r struct {
				Host, Path string
				Status     int
				TLS        bool
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				m.t.Fatalf("%s: %v", line, err)
			}
			if !r.TLS {
				m.t.Errorf("%s was asked without TLS", r.Path)
			}
			asked = append(asked, fmt.Sprint(r.Status, " ", r.Host, " ", r.Path))
		}
		return asked
	}
}

// answered fails the test unless all of wants were asked for, and nothing was missed but perhaps.
func answered(t testing.TB, asked []string, perhaps string, wants ...string) {
	t.Helper()
	all := "\n" + strings.Join(asked, "\n") + "\n"
	for _, w := range wants {
		if !strings.Contains(all, "\n"+w+"\n") {
			t.Errorf("nobody has asked for %q: %s", w, all)
		}
	}
	for _, line := range asked {
		if !strings.HasPrefix(line, "200 ") && !strings.HasPrefix(line, "304 ") && (perhaps == "" || !strings.HasSuffix(line, perhaps)) {
			t.Errorf("%s was missed", line)
		}
	}
}

// redirects lets names lead to an address.
func (r *resolver) redirects(ip string, names ...string) {
	r.known = map[string]net.IP{}
	for _, name := range names {
		r.known[name] = net.ParseIP(ip)
	}
}

// A mix that was told of no mirror asks https://repo.hex.pm, and gets what the site has. Its user
// needs the site's authority, and, as these packages are not hex.pm's, the key.
func testOwnNamesMix(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	ca, asked := m.ownNames(mixSite, map[string]string{"repo.hex.pm": "hex", "builds.hex.pm": "hex"})
	withHex(t, func(t *testing.T, s system) {
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).trusts(r.publicKey)
		names := newResolver(t)
		names.redirects(mixSite, "repo.hex.pm", "builds.hex.pm")
		p.nameserver = names.address
		p.mix("deps.get").fails()
		p.write("ca.pem", readFile(t, ca.rootFile))
		p.env = append(p.env, "HEX_CACERTS_PATH="+filepath.Join(p.dir, "ca.pem"))
		p.mix("deps.get").ok("tree 1.1.0", "twig_pkg 0.3.0")
		p.says("Tree.name()", newestTree)
		answered(t, asked(), versionCheck, "200 repo.hex.pm /packages/tree", "200 repo.hex.pm /tarballs/tree-1.1.0.tar")
		if len(names.asked()) == 0 {
			t.Error("mix did not look for repo.hex.pm")
		}
	})
}

// rebar3 trusts what its configuration names beside its own list.
func testOwnNamesRebar3(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	ca, asked := m.ownNames(rebar3Site, map[string]string{"repo.hex.pm": "hex"})
	e := newRebarProject(t, trixie, `{branch, "~> 1.0"}`).trusts(r.publicKey)
	names := newResolver(t)
	names.redirects(rebar3Site, "repo.hex.pm")
	e.nameserver = names.address
	e.rebar3("get-deps").fails()
	e.write("ca.pem", readFile(t, ca.rootFile))
	const file = ".config/rebar3/rebar.config"
	e.write(file, fmt.Sprintf("{ssl_cacerts_path, %q}.\n", filepath.Join(e.dir, "ca.pem"))+e.read(file))
	e.rebar3("get-deps").ok()
	e.says("branch", newestBranch)
	answered(t, asked(), "", "200 repo.hex.pm /packages/branch")
}

// A Julia that was told of no package server asks https://pkg.julialang.org.
func testOwnNamesJulia(t *testing.T) {
	m, _ := juliaMirrored(t)
	ca, asked := m.ownNames(juliaSiteIP, map[string]string{"pkg.julialang.org": "julia"})
	u := newJuliaUser(t, "https://pkg.julialang.org")
	u.names.redirects(juliaSiteIP, "pkg.julialang.org")
	u.write("ca.pem", readFile(t, ca.rootFile))
	u.env = append(u.env, "CURL_CA_BUNDLE="+filepath.Join(u.dir, "ca.pem"))
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	answered(t, asked(), "", "200 pkg.julialang.org /registries")
	for _, name := range u.names.asked() {
		if name != "pkg.julialang.org" {
			t.Errorf("julia looked for %s", name)
		}
	}
}

// nginx does the same with the configuration in examples.
func testOwnNamesNginx(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	ca := newAuthority(t, "repo.hex.pm", "pkg.julialang.org")
	text := readFile(t, "../../../examples/nginx/own-names.conf")
	for from, to := range map[string]string{
		"listen 443 ssl;": "listen " + nginxSite + ":443 ssl;", "listen [::]:443 ssl;": "", "/srv/offmirror/mirror": m.root,
		"/etc/offmirror/hex.pem": ca.certFile, "/etc/offmirror/hex.key": ca.keyFile,
		"/etc/offmirror/julia.pem": ca.certFile, "/etc/offmirror/julia.key": ca.keyFile,
	} {
		if !strings.Contains(text, from) {
			t.Fatalf("examples/nginx/own-names.conf lacks %q, which this test replaces", from)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	// nginx sees its home only.
	home := filepath.Dir(m.root)
	for _, file := range []string{ca.certFile, ca.keyFile} {
		copied := filepath.Join(home, filepath.Base(file))
		writeFile(t, copied, readFile(t, file))
		text = strings.ReplaceAll(text, file, copied)
	}
	m.nginx(nginxSite+":80", text)
	withHex(t, func(t *testing.T, s system) {
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).trusts(r.publicKey)
		names := newResolver(t)
		names.redirects(nginxSite, "repo.hex.pm", "builds.hex.pm")
		p.nameserver = names.address
		p.write("ca.pem", readFile(t, ca.rootFile))
		p.env = append(p.env, "HEX_CACERTS_PATH="+filepath.Join(p.dir, "ca.pem"))
		p.mix("deps.get").ok("tree 1.1.0")
		p.says("Tree.name()", newestTree)
	})
}

const (
	siteUser  = "ada"
	siteToken = "tok-0123456789abcdef0123"
)

// guarded serves the mirror to those who have the password or the token, over TLS at any port.
func (m mirror) guarded() (base string, ca authority, password string) {
	m.t.Helper()
	password = "correct-horse"
	const hash = "$6$sitesalt$HDANF8hEX5Y3AoLpOwWhr9Vf5l1vPaVEn9UYh0JAQ0Xli6Ilc36PXRgVGJ.PAIXLZ5Xk51kWnzXYCKs4TKnJQ/" // openssl passwd -6
	dir := newFolder(m.t)
	writeFile(m.t, filepath.Join(dir, "users"), siteUser+":"+hash+"\n")
	writeFile(m.t, filepath.Join(dir, "tokens"), "ci "+siteToken+"\n")
	ca = newAuthority(m.t)
	writeFile(m.t, filepath.Join(dir, "offmirror.toml"), fmt.Sprintf(`[serve.access."*"]
users = "users"
tokens = "tokens"
[[serve.certificates]]
cert = %q
key = %q
`, ca.certFile, ca.keyFile))
	return m.start("--config", filepath.Join(dir, "offmirror.toml")), ca, password
}

// Hex takes a token for a repository that it is told of.
func testAccessMix(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	base, ca, _ := m.guarded()
	withHex(t, func(t *testing.T, s system) {
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).trusts(r.publicKey)
		p.write("ca.pem", readFile(t, ca.rootFile))
		p.env = append(p.env, "HEX_CACERTS_PATH="+filepath.Join(p.dir, "ca.pem"))
		p.mix("hex.repo", "set", "hexpm", "--url", base+"/hex").ok()
		p.mix("deps.get").fails("No package with name tree")
		key := []string{"hex.repo", "set", "hexpm", "--auth-key", siteToken}
		if s == sid { // Hex 2.6 would ask hex.pm to exchange it
			key = append(key, "--no-oauth-exchange")
		}
		p.mix(key...).ok()
		p.mix("deps.get").ok("tree 1.1.0")
		p.says("Tree.name()", newestTree)
	})
}

// Julia sends the token that its depot has for a server.
func testAccessJulia(t *testing.T) {
	m, _ := juliaMirrored(t)
	base, ca, _ := m.guarded()
	u := newJuliaUser(t, base+"/julia")
	u.write("ca.pem", readFile(t, ca.rootFile))
	u.env = append(u.env, "CURL_CA_BUNDLE="+filepath.Join(u.dir, "ca.pem"))
	u.add("Tree").fails()
	server := strings.TrimPrefix(base, "https://") // later versions write "_" for the colon
	u.write("depot/servers/"+server+"/auth.toml", fmt.Sprintf("access_token = %q\n", siteToken))
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
}

// Git gives the password of its URL.
func testAccessGit(t *testing.T) {
	s := newJuliaSite(t, juliaPublished(t))
	m := s.mirror(t, `classic = ["registries"]`).synced()
	base, ca, password := m.guarded()
	h := newHome(t, trixie)
	h.write("ca.pem", readFile(t, ca.rootFile))
	env := []string{"GIT_SSL_CAINFO=" + filepath.Join(h.dir, "ca.pem"), "GIT_TERMINAL_PROMPT=0"}
	url := base + "/julia/classic/registries/General.git"
	h.run(".", env, "git", "clone", "-q", url, "refused").fails()
	h.run(".", env, "git", "clone", "-q", strings.Replace(url, "://", "://"+siteUser+":wrong@", 1), "wrong").fails()
	h.run(".", env, "git", "clone", "-q", strings.Replace(url, "://", "://"+siteUser+":"+password+"@", 1), "clone").ok()
	if !strings.Contains(h.read("clone/Registry.toml"), "General") {
		t.Error("the clone has no registry")
	}
}

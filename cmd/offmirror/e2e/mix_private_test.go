//go:build e2e

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An organisation's packages lie below repos/NAME, are signed with the same key,
// and come from the mirror without any key of the organisation.
func testM11(t *testing.T) {
	const key = "very-secret-0123456789"
	const want = "secret 1.0.0 and leaf 1.1.0"
	public := published(t).copied(t)
	h := public.home
	h.write("key.pem", public.read("key.pem"))
	publish(h, "repository/repos/acme", "acme", "key.pem", elixir(pkg{name: "secret", version: "1.0.0",
		deps: `{:leaf, "~> 1.0"}`}, `"secret %s and #{:leaf.name()}"`))
	if err := os.Remove(filepath.Join(public.dir, "repos/acme/public_key")); err != nil { // hex.pm has none there
		t.Fatal(err)
	}
	up := newPrivateUpstream(t, public.dir, key)

	m := newMirror(t, up.URL, public)
	config := filepath.Join(filepath.Dir(m.root), "offmirror.toml")
	writeFile(t, config, fmt.Sprintf(`[hex]
upstream = %q
public_key = %q
installs = "none"

[[hex.repositories]]
name = "acme"
token_env = "ACME_KEY"
`, up.URL, public.publicKey))
	m.sync = []string{"--config", config}
	m.update().fails("ACME_KEY")
	const wrong = "not-the-key-9876543210"
	m.env = []string{"ACME_KEY=" + wrong}
	m.update().exits(1, "/repos/acme/").saysNothingOf(wrong)
	m.env = []string{"ACME_KEY=" + key}
	m.update().ok().saysNothingOf(key)
	for _, file := range listFiles(t, m.root) {
		if body := readFile(t, filepath.Join(m.root, file)); strings.Contains(body, key) {
			t.Errorf("%s holds the organisation's key", file)
		}
	}

	withHex(t, func(t *testing.T, s system) {
		variables := []string{"HEX_TRUSTED_MIRROR_URL"}
		if s == trixie { // Hex 2.6 follows HEX_MIRROR for public packages only
			variables = append(variables, "HEX_MIRROR")
		}
		for _, variable := range variables {
			served := m.with(t).serve()
			p := newMixProject(t, s, `{:secret, "~> 1.0", organization: "acme"}`).trusts(public.publicKey)
			p.env = append(p.env, variable+"="+served.URL)
			p.mix("deps.get").ok("secret 1.0.0", "leaf 1.1.0")
			p.says("Secret.name()", want)
			if len(served.find("/hex/repos/acme/tarballs/secret-1.0.0.tar")) != 1 {
				t.Errorf("the package did not come from repos/acme: %v", served.asked())
			}
			served.missesOnly(versionCheck)
		}

		base := m.with(t).start("--config", config)
		p := newMixProject(t, s, `{:secret, "~> 1.0", repo: "acme"}`).uses(base + "/hex").trusts(public.publicKey)
		p.run("app", nil, "sh", "-ec", paste(t, instructions(t, m.with(t), "--config", config, "--url", base), "mix, repository acme",
			func(string) bool { return true })).ok()
		p.mix("deps.get").ok("secret 1.0.0", "leaf 1.1.0")
		p.says("Secret.name()", want)
	})
}

// A mirror behind TLS with a private authority works with HEX_CACERTS_PATH. Hex
// offers TLS 1.2 at most, so a mirror must too.
func testM12(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	ca := newAuthority(t)
	base := m.start("--tls-cert", ca.certFile, "--tls-key", ca.keyFile)
	requireTLS12(t, base, ca)
	withHex(t, func(t *testing.T, s system) {
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(base + "/hex").trusts(r.publicKey)
		p.mix("deps.get").fails()
		p.write("ca.pem", readFile(t, ca.rootFile))
		p.env = append(p.env, "HEX_CACERTS_PATH="+filepath.Join(p.dir, "ca.pem"))
		p.mix("deps.get").ok("tree 1.1.0")
		p.says("Tree.name()", newestTree)
	})
}

// requireTLS12 asks for the registry as a client does that knows nothing newer.
func requireTLS12(t testing.TB, base string, ca authority) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(readFile(t, ca.rootFile)))
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS12},
	}}
	res, err := client.Get(base + "/hex/versions")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	client.CloseIdleConnections()
	if res.StatusCode != http.StatusOK || res.TLS.Version != tls.VersionTLS12 {
		t.Errorf("over TLS 1.2: %s, %s", res.Status, tls.VersionName(res.TLS.Version))
	}
}

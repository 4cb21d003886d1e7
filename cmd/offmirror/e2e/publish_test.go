//go:build e2e

package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// publish fills folder, below the home of h, as a Hex repository called name:
// each release built by `mix hex.build`, the index made and signed with keyFile
// by `mix hex.registry build`. Releases that are there already stay.
func publish(h home, folder, name, keyFile string, releases ...pkg) {
	h.t.Helper()
	for _, p := range releases {
		source := "build/" + p.String() + "/"
		h.write(source+"mix.exs", mixFile(p))
		for file, content := range p.files {
			h.write(source+file, content)
		}
	}
	h.write(folder+"/tarballs/.keep", "")
	// mix wants a folder of its own for each; two at a time is what a small machine has.
	h.run(".", []string{"OUT=" + filepath.Join(h.dir, folder, "tarballs")}, "sh", "-c",
		`ls build | xargs -P 2 -I '{}' sh -c 'cd "build/{}" && mix hex.build -o "$OUT/{}.tar" >log 2>&1 || { cat log; exit 255; }' && rm -r build`).ok()
	h.run(".", nil, "mix", "hex.registry", "build", folder, "--name", name, "--private-key", keyFile).ok()
}

func mixFile(p pkg) string {
	var files []string
	for f := range p.files {
		files = append(files, fmt.Sprintf("%q", f))
	}
	if p.tool == "mix" {
		files = append(files, `"mix.exs"`)
	}
	slices.Sort(files)
	return fmt.Sprintf(`defmodule %s.MixProject do
  use Mix.Project

  def project do
    [app: :%s, version: %q, deps: [%s], description: "for tests", package: package()]
  end

  defp package do
    [name: %q, licenses: ["Apache-2.0"], links: %%{}, build_tools: [%q], files: [%s]]
  end
end
`, module(p.app), p.app, p.version, p.deps, p.name, p.tool, strings.Join(files, ", "))
}

// published returns a finished repository called hexpm with all of [packages],
// made once for all tests: they read it, and copy it before they change it.
func published(t testing.TB) repository {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.dir == "" {
		shared.repository = newRepository(t, "hexpm", packages...)
	}
	r := shared.repository
	r.t = t
	return r
}

var shared struct {
	sync.Mutex
	repository
}

// A repository is a Hex repository on disk and the key that signs it.
type repository struct {
	home             // the publisher's
	name      string // inside the signed payload
	dir       string // what a server hands out
	publicKey string // file, as PEM; the publisher's tool writes PKCS #1
}

func newRepository(t testing.TB, name string, releases ...pkg) repository {
	t.Helper()
	h := newHome(t, trixie)
	h.write("key.pem", newSigningKey(t))
	publish(h, "repository", name, "key.pem", releases...)
	dir := filepath.Join(h.dir, "repository")
	return repository{home: h, name: name, dir: dir, publicKey: filepath.Join(dir, "public_key")}
}

// copied returns a copy that t may change and publish to.
func (r repository) copied(t testing.TB) repository {
	t.Helper()
	h := newHome(t, r.system)
	h.write("key.pem", r.read("key.pem"))
	dir := filepath.Join(h.dir, "repository")
	copyTree(t, dir, r.dir)
	return repository{home: h, name: r.name, dir: dir, publicKey: filepath.Join(dir, "public_key")}
}

// publish adds releases and signs the index again.
func (r repository) publish(releases ...pkg) {
	r.t.Helper()
	publish(r.home, "repository", r.name, "key.pem", releases...)
}

// newSigningKey returns a private key as `openssl genrsa` would.
func newSigningKey(t testing.TB) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

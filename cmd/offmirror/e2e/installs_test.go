//go:build e2e

package e2e

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// An installer is what `mix local.hex` and `mix local.rebar` bring to one system.
type installer struct {
	system
	elixir, otp string // of the system, the first as X.Y.0
	hex, rebar3 string // versions
	newLists    bool   // asks for hex.csv instead of hex-1.x.csv
}

func installerOf(t testing.TB, s system) installer {
	t.Helper()
	i := installer{system: s, hex: "1.0.0"}
	i.elixir = regexp.MustCompile(`^\d+\.\d+`).FindString(vsn(t, s, "usr/lib/elixir/lib/elixir/ebin/elixir.app")) + ".0"
	i.newLists = s == sid
	if s != bookworm { // its Hex is a stand-in that hexArchive makes
		i.hex = vsn(t, s, "usr/lib/elixir/lib/hex/ebin/hex.app")
	}
	releases, err := filepath.Glob(filepath.Join(s.root(), "usr/lib/erlang/releases/[0-9]*"))
	if err != nil || len(releases) != 1 {
		t.Fatalf("%s: want one Erlang release, got %v (%v)", s, releases, err)
	}
	i.otp = filepath.Base(releases[0])
	out := newHome(t, s).run(".", nil, "rebar3", "--version").ok().output
	i.rebar3 = regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(out)
	return i
}

// vsn is the version in an .app file of a system.
func vsn(t testing.TB, s system, file string) string {
	t.Helper()
	m := regexp.MustCompile(`\{vsn,\s*"([^"]+)"\}`).FindStringSubmatch(readFile(t, filepath.Join(s.root(), file)))
	if m == nil {
		t.Fatalf("%s: no version in %s", s, file)
	}
	return m[1]
}

// An elixirKey signs the lists of installs, as Elixir's own key does.
type elixirKey struct {
	key    *rsa.PrivateKey
	public string // PEM
}

func newElixirKey(t testing.TB) elixirKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return elixirKey{key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

// sign is base64 in lines, as `openssl base64` writes it.
func (k elixirKey) sign(t testing.TB, list string) string {
	t.Helper()
	sum := sha512.Sum512([]byte(list))
	sig, err := rsa.SignPKCS1v15(rand.Reader, k.key, crypto.SHA512, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for b := base64.StdEncoding.EncodeToString(sig); b != ""; {
		n := min(64, len(b))
		lines.WriteString(b[:n] + "\n")
		b = b[n:]
	}
	return lines.String()
}

// offerInstalls writes dir/installs as builds.hex.pm has it: both families of
// lists, signed, and what they name. Hex and rebar3 are each system's own.
func offerInstalls(t testing.TB, dir string, key elixirKey, installers ...installer) {
	t.Helper()
	lists := map[string]string{"hex-1.x.csv": "", "rebar-1.x.csv": "", "rebar3-1.x.csv": "", "hex.csv": "", "rebar.csv": ""}
	for _, i := range installers {
		hex := hexArchive(t, i)
		rebar3 := readFile(t, filepath.Join(i.root(), "usr/bin/rebar3"))
		hexSum, rebarSum := sha512.Sum512([]byte(hex)), sha512.Sum512([]byte(rebar3))
		hexFile, rebarFile := "hex-"+i.hex, "rebar3-"+i.rebar3
		if i.newLists {
			lists["hex.csv"] += fmt.Sprintf("%s,%x,%s,%s\n", i.hex, hexSum, i.elixir, i.otp)
			lists["rebar.csv"] += fmt.Sprintf("%s,%x,%s,%s\n", i.rebar3, rebarSum, i.elixir, i.otp)
			hexFile, rebarFile = hexFile+"-otp-"+i.otp, rebarFile+"-otp-"+i.otp
		} else {
			lists["hex-1.x.csv"] += fmt.Sprintf("%s,%x,%s\n", i.hex, hexSum, i.elixir)
			lists["rebar3-1.x.csv"] += fmt.Sprintf("%s,%x,%s\n", i.rebar3, rebarSum, i.elixir)
		}
		writeFile(t, filepath.Join(dir, "installs", i.elixir, hexFile+".ez"), hex)
		writeFile(t, filepath.Join(dir, "installs", i.elixir, rebarFile), rebar3)
	}
	const rebar2 = "#!/bin/sh\necho rebar 2, which no system of ours asks for\n"
	lists["rebar-1.x.csv"] = fmt.Sprintf("2.6.2,%x,1.0.0\n", sha512.Sum512([]byte(rebar2)))
	writeFile(t, filepath.Join(dir, "installs/1.0.0/rebar-2.6.2"), rebar2)
	for name, list := range lists {
		writeFile(t, filepath.Join(dir, "installs", name), list)
		writeFile(t, filepath.Join(dir, "installs", name+".signed"), key.sign(t, list))
	}
}

// hexArchive is the .ez archive of a system's Hex: its compiled modules in a zip.
// bookworm has none; an archive that mix itself builds there takes its place.
func hexArchive(t testing.TB, i installer) string {
	t.Helper()
	if i.system == bookworm {
		h := newHome(t, i.system)
		h.write("mix.exs", fmt.Sprintf("defmodule Hex.MixProject do\n  use Mix.Project\n  def project, do: [app: :hex, version: %q]\nend\n", i.hex))
		h.write("lib/hex.ex", fmt.Sprintf("defmodule Hex do\n  def version, do: %q\nend\n", i.hex))
		h.run(".", nil, "mix", "archive.build", "-o", "hex.ez").ok()
		return h.read("hex.ez")
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	ebin := filepath.Join(i.root(), "usr/lib/elixir/lib/hex/ebin")
	for _, name := range listFiles(t, ebin) {
		// Elixir's unzip refuses a file without a date.
		w, err := z.CreateHeader(&zip.FileHeader{Name: "hex-" + i.hex + "/ebin/" + name, Method: zip.Deflate,
			Modified: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(filepath.Join(ebin, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.String()
}

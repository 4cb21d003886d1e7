//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// One byte of damage on the mirror's disk: julia refuses it and verify names it.
func testJuliaDamagedMirror(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t)
	s := newJuliaSite(t, w)
	m := s.mirror(t, `packages = ["Leaf", "Hollow"]`, `index = "verbatim"`, `platforms = ["x86_64-linux-gnu"]`).synced()
	m.offmirror("verify").ok()
	leaf := w.packages("Leaf-1.1.0")[0]
	hollow := "artifact/" + w.artifact("Hollow-0.1.0", "hollow", 0)
	registry := "registry/" + generalUUID + "/" + w.trees["General"]
	m.tamper(leaf)
	m.tamper(hollow)
	m.refuses(leaf)
	m.refuses(hollow)
	served := m.plain()
	u := newJuliaUser(t, served.URL)
	u.add("Leaf").fails()
	u.does("using Leaf").fails("Leaf")
	u.add("Hollow").fails()
	u.does("using Hollow; println(Hollow.inside())").fails()
	served.missesOnly()
	// which is how it is seen that julia did not take what it got
	if got, want := u.names.asked(), []string{"api.github.com", "github.com"}; !slices.Equal(got, want) {
		t.Errorf("with what was damaged julia asked for %q, want %q", got, want)
	}

	m.tamper(registry)
	m.offmirror("verify").exits(4, leaf, hollow, registry)
}

// Good tarballs of other trees, of the same size. Julia 1.5 installs on without the artifact,
// and fails where it is used.
func testJuliaExchanged(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t)
	m := newJuliaSite(t, w).mirror(t, `packages = ["Leaf", "Sap_jll"]`).synced()
	leaf, sap := w.packages("Leaf-1.1.0")[0], "artifact/"+w.artifact("Sap_jll-1.2.3+0", "Sap", 0)
	for file, member := range map[string]string{leaf: "src/Leaf.jl", sap: "share/sap.txt"} {
		if err := os.WriteFile(m.file(file), tarballOf(t, member, "something else", len(readFile(t, m.file(file)))), 0); err != nil {
			t.Fatal(err)
		}
	}
	u := newJuliaUser(t, m.plain().URL)
	u.add("Leaf").fails("tarball content does not match git-tree-sha1")
	u.add("Sap_jll").says("Tree Hash Mismatch!")
	u.does("using Sap_jll; println(Sap_jll.sap())").fails().saysNothingOf("sap 1.2.3")
	m.offmirror("verify").exits(4, leaf, sap)
}

// tarballOf is a gzip tarball of one file, made as large as is wanted by a comment.
func tarballOf(t testing.TB, name, content string, size int) []byte {
	t.Helper()
	pack := func(comment string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Comment = comment
		w := tar.NewWriter(z)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Close(), z.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	room := size - len(pack("."))
	if room < 0 {
		t.Fatalf("a tarball of %s has %d bytes more than the %d of the one that it shall replace", name, -room, size)
	}
	return pack("." + strings.Repeat(".", room))
}

// What is wrong upstream never reaches the mirror, and what was there stays.
func testJuliaDamagedUpstream(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	s := newJuliaSite(t, w)
	m := s.mirror(t, `packages = ["Leaf"]`).synced()
	before := m.current()
	w.publish("General", leafJL("1.3.0"))
	leaf := w.packages("Leaf-1.3.0")[0]
	s.up.Always("/"+leaf, upstreamtest.Corrupt())
	m.update().exits(1, "Leaf 1.3.0", s.up.URL+"/"+leaf)
	if m.current() != before {
		t.Errorf("a sync that failed published %s", m.current())
	}
	m.offmirror("verify").ok()
	served := m.serve()
	newest := func(want string) {
		t.Helper()
		u := newJuliaUser(t, served.URL)
		u.add("Leaf").ok()
		u.says("Leaf", "Leaf.name()", want)
		u.stayed(served)
	}
	newest("leaf 1.1.0")

	s.up.Always("/"+leaf, nil)
	m.synced()
	newest("leaf 1.3.0")
}

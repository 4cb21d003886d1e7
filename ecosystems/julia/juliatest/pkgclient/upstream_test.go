package pkgclient_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// publish fills an upstream with packages of every kind.
func publish(up *juliatest.Upstream) {
	up.Publish("Parsers", juliatest.Version{Number: "1.1.0"})
	up.Publish("Parsers", juliatest.Version{Number: "2.8.1"})
	up.Publish("JSON", juliatest.Version{Number: "0.20.0"})
	up.Publish("JSON", juliatest.Version{Number: "0.21.4", Deps: []string{"Dates", "Parsers 1, 2"}})
	up.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	up.Publish("Data", juliatest.Version{Number: "1.0.0", Deps: []string{"Zlib_jll"}, Artifacts: []juliatest.Artifact{
		{Name: "eager", Content: juliatest.Tree{Files: map[string]string{"a": "b"}, EmptyDirs: []string{"var/empty"}}},
		{Name: "lazy", Lazy: true},
	}})
}

// TestUpstream installs from an imitation of the real servers, with the redirects that
// those answer with.
func TestUpstream(t *testing.T) {
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			up := juliatest.New()
			publish(up)
			server := httptest.NewServer(up)
			defer server.Close()
			cdn := httptest.NewServer(up.CDN())
			defer cdn.Close()
			up.SetCDN(cdn.URL)
			dir := t.TempDir()
			c := pkgclient.New(pkgclient.Julia(version), server.URL, dir)
			report, err := c.Add(t.Context(), "JSON", "Data")
			if err != nil || len(report.Escapes)+len(report.Warnings) > 0 {
				t.Fatalf("%v, escapes %v, warnings %v", err, report.Escapes, report.Warnings)
			}
			want := "Data 1.0.0, JSON 0.21.4, Parsers 2.8.1"
			if minorOf(version) < 6 { // the binaries of zlib are part of later versions
				jllWrappers, _ := report.Package("JLLWrappers")
				want = "Data 1.0.0, " + jllWrappers.String() + ", JSON 0.21.4, Parsers 2.8.1, Zlib_jll 1.3.1+2"
			}
			if report.String() != want {
				t.Errorf("installed %s, want %s", report, want)
			}
			for _, r := range report.Requests {
				zstd := minorOf(version) >= 13 && r.Path != "/registries"
				if len(r.Hops) != 1 || strings.HasSuffix(r.Hops[0], ".tar.zst") != zstd {
					t.Errorf("%s leads to %v", r.Path, r.Hops)
				}
			}
			if report, err := c.UseLazy(t.Context(), "Data", "lazy"); err != nil || len(report.Artifacts) != 1 {
				t.Errorf("lazy artifact: %v", err)
			}
		})
	}
}

// TestUpstreamFaults breaks the imitation in its own ways.
func TestUpstreamFaults(t *testing.T) {
	newUpstream := func(t *testing.T) (*juliatest.Upstream, *pkgclient.Client) {
		up := juliatest.New()
		publish(up)
		server := httptest.NewServer(up)
		t.Cleanup(server.Close)
		return up, pkgclient.New(pkgclient.Julia("1.12.6"), server.URL, t.TempDir())
	}
	t.Run("registry changed on the way", func(t *testing.T) {
		up, c := newUpstream(t)
		up.TamperTar("registry/"+general.String()+"/"+up.Hash().String(), juliatest.ChangeContent)
		if _, err := c.Add(t.Context(), "JSON"); !errors.Is(err, pkgclient.ErrHash) {
			t.Error(err)
		}
	})
	t.Run("flipped byte", func(t *testing.T) {
		up, c := newUpstream(t)
		r, _ := up.Release("JSON", "0.21.4")
		up.Tamper(r.Path, juliatest.FlipByte)
		if report, err := c.Add(t.Context(), "JSON"); !errors.Is(err, pkgclient.ErrEscape) || len(report.Escapes) == 0 {
			t.Errorf("%v, escapes %v", err, report.Escapes)
		}
	})
	t.Run("broken connection", func(t *testing.T) {
		up, c := newUpstream(t)
		up.Truncate("package/", 100, -1)
		if _, err := c.Add(t.Context(), "JSON"); !errors.Is(err, pkgclient.ErrDownload) {
			t.Error(err)
		}
	})
	t.Run("list fails three times", func(t *testing.T) {
		up, c := newUpstream(t)
		up.Fail("registries", 503, 3, "")
		if report, err := c.Add(t.Context(), "JSON"); err != nil || len(report.Misses()) != 3 {
			t.Errorf("%v after %v", err, report.Paths())
		}
	})
	t.Run("hidden", func(t *testing.T) {
		up, c := newUpstream(t)
		up.Hide(true)
		report, err := c.Add(t.Context(), "JSON")
		if !errors.Is(err, pkgclient.ErrEscape) || len(report.Escapes) != 1 || report.Escapes[0].URL != "https://github.com/JuliaRegistries/General.git" {
			t.Errorf("%v, escapes %v", err, report.Escapes)
		}
	})
	t.Run("another registry", func(t *testing.T) {
		up, c := newUpstream(t)
		site := up.AddRegistry("Site", uuid.UUID{})
		site.Publish("Secret", juliatest.Version{Number: "1.0.0", Deps: []string{"JSON 0.21"}})
		report, err := c.Add(t.Context(), "Secret")
		if err != nil || len(report.Registries) != 2 || report.String() != "JSON 0.21.4, Parsers 2.8.1, Secret 1.0.0" {
			t.Errorf("%s from %v: %v", report, report.Registries, err)
		}
	})
}

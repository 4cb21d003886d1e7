package localserver_test

import (
	"net/http"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// blob is an artifact of its own content.
func blob(a juliatest.Artifact, content string) juliatest.Artifact {
	a.Content = juliatest.Tree{Files: map[string]string{"share/data.txt": content}, Executables: map[string]string{"bin/tool": "#!/bin/sh\n"}}
	return a
}

func TestArtifactsOfPrivatePackages(t *testing.T) {
	c := newCompany(t)
	v := c.corp.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{
		blob(juliatest.Artifact{Name: "plain"}, "1"),
		blob(juliatest.Artifact{Name: "xz", Packing: juliatest.XZ}, "2"),
		blob(juliatest.Artifact{Name: "lazy", Lazy: true, Size: true}, "3"),
		blob(juliatest.Artifact{Name: "linux", Platform: "x86_64-linux-gnu"}, "4"),
		blob(juliatest.Artifact{Name: "dead", Dead: true}, "5"),
		blob(juliatest.Artifact{Name: "wrong", Wrong: true}, "6"),
		blob(juliatest.Artifact{Name: "build", NoDownload: true}, "7"),
	}})
	c.push()
	cfg := c.config()
	s := serveSite(t, cfg)
	s.list("/registries")
	s.tree("/"+v.Path, treehash.GitTools) // as a client does before it asks for artifacts
	status := map[string]int{"dead": http.StatusNotFound, "wrong": http.StatusBadGateway, "build": http.StatusNotFound}
	for _, a := range v.Artifacts {
		if code := status[a.Name]; code != 0 {
			s.get("/"+a.Path, code)
			continue
		}
		if got := s.tree("/"+a.Path, treehash.GitTools); got != a.Tree {
			t.Errorf("%s: tree %s", a.Name, got)
		}
	}
	for _, a := range v.Artifacts {
		if _, bad := status[a.Name]; !bad && c.public.Count(a.Path) > 0 {
			t.Errorf("the public server was asked for %s", a.Name)
		}
	}
	if m := s.meta(); m.Artifacts != 4 {
		t.Errorf("%+v", m)
	}
}

// Another process knows from the clones where an artifact is, and needs nobody else.
func TestArtifactsAfterARestart(t *testing.T) {
	c := newCompany(t)
	v := c.corp.Publish("Data", juliatest.Version{Number: "1.0.0", ArtifactsFile: "JuliaArtifacts.toml", Artifacts: []juliatest.Artifact{blob(juliatest.Artifact{Name: "one"}, "1")}})
	c.push()
	cfg := c.config()
	cfg.PkgServer = ""
	s := serveSite(t, cfg)
	s.get("/"+v.Path, http.StatusOK)
	s.stop()
	s = serveSite(t, cfg)
	if got := s.tree("/"+v.Artifacts[0].Path, treehash.GitTools); got != v.Artifacts[0].Tree {
		t.Errorf("tree %s", got)
	}
}

// Private packages may use artifacts of public ones, and name them too. The Pkg server may have what
// its own place has lost.
func TestArtifactThatOnlyThePkgServerHas(t *testing.T) {
	c := newCompany(t)
	shared := blob(juliatest.Artifact{Name: "shared"}, "both")
	public := c.public.Publish("Public", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{shared}})
	shared.Dead = true
	v := c.corp.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{shared}})
	c.push()
	s := serveSite(t, c.config())
	s.get("/"+v.Path, http.StatusOK)
	if got := s.tree("/"+public.Artifacts[0].Path, treehash.GitTools); got != v.Artifacts[0].Tree {
		t.Errorf("tree %s", got)
	}
}

// An Artifacts.toml that is none, or a link, harms no other package.
func TestArtifactsFilesOfNoUse(t *testing.T) {
	c := newCompany(t)
	bad := c.corp.Publish("Bad", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{Files: map[string]string{"Artifacts.toml": "[[["}}})
	link := c.corp.Publish("Link", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{Symlinks: map[string]string{"Artifacts.toml": "../../etc/passwd"}}})
	good := c.corp.Publish("Good", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{blob(juliatest.Artifact{Name: "a"}, "x")}})
	c.push()
	s := serveSite(t, c.config())
	for _, v := range []juliatest.Release{bad, link, good} {
		s.get("/"+v.Path, http.StatusOK)
	}
	s.tree("/"+good.Artifacts[0].Path, treehash.GitTools)
}

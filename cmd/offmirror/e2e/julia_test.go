//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the packages of julia_packages_test.go say.
const (
	treeSays  = "tree 1.1.0 with branch 1.1.0 of leaf 1.1.0 and twig 0.3.0 and sap 1.2.3"
	shelfSays = "shelf 0.2.0 with vault 1.1.0 with leaf 1.1.0 and twig 0.3.0"
)

// TestJulia follows the acceptance list of the Julia driver, as far as Julia 1.5
// can show it. Each user has an empty depot, in which nothing was ever compiled.
func TestJulia(t *testing.T) {
	t.Run("J0_upstream", testJuliaUpstream)
	t.Run("J0_name_server", testJuliaNameServer)
	t.Run("J1_first_use", testJuliaFirstUse)
	t.Run("J2_add", testJuliaAdd)
	t.Run("J2_fixed_version", testJuliaFixedVersion)
	t.Run("J2_jll", testJuliaJLL)
	t.Run("J2_test", testJuliaTest)
	t.Run("J3_pruned_registry", testJuliaPruned)
	t.Run("J4_manifest", testJuliaManifest)
	t.Run("J4_second_platform", testJuliaSecondPlatform)
	t.Run("J5_lazy_artifact", testJuliaLazy)
	t.Run("J5_no_lazy_artifacts", testJuliaNoLazy)
	t.Run("J6_empty_folders", testJuliaEmptyFolders)
	t.Run("J7_damaged_mirror", testJuliaDamagedMirror)
	t.Run("J7_exchanged", testJuliaExchanged)
	t.Run("J7_damaged_upstream", testJuliaDamagedUpstream)
	t.Run("J8_update_and_rollback", testJuliaUpdate)
	t.Run("J8_snapshots", testJuliaSnapshots)
	t.Run("J9_switch_during_add", testJuliaSwitch)
	t.Run("J10_nginx", testJuliaNginx)
	t.Run("J10_zstd", testJuliaZstd)
	t.Run("J11_instructions", testJuliaInstructions)
	t.Run("J11_IPv6", testJuliaIPv6)
	t.Run("J11_file", testJuliaFile)
	t.Run("J11_private_authority", testJuliaAuthority)
	t.Run("J12_private_registry", testJuliaPrivate)
	t.Run("J12_all_from_git", testJuliaAllFromGit)
	t.Run("J12_empty_General", testJuliaEmptyGeneral)
	t.Run("J12_git_clone", testJuliaGitClone)
	t.Run("J12_classic_packages", testJuliaClassicPackages)
	t.Run("J13_upstream_of_another", testJuliaChain)
	t.Run("J14_adopt", testJuliaAdopt)
	t.Run("J14_adopt_classic", testJuliaAdoptClassic)
	t.Run("J15_by_hand", testJuliaByHand)
	t.Run("J16_killed", testJuliaKilled)
	t.Run("J17_absent", testJuliaAbsent)
	t.Run("J17_redirect", testJuliaRedirect)
}

// What the tests have as upstream is fit for Julia: it installs from there.
func testJuliaUpstream(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t)
	served := newTap(t, newUpstream(t, w.served).URL)
	u := newJuliaUser(t, served.URL)
	u.add("Tree", "Cellar", "Hollow").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.says("Cellar", "Cellar.wine()", "wine of 2019")
	u.says("Hollow", "Hollow.inside()", "deep empty full")
	u.stayed(served)
}

// That a client went nowhere else is known from what it asked its name server. One
// that does want to go elsewhere is seen there.
func testJuliaNameServer(t *testing.T) {
	t.Parallel()
	u := newJuliaUser(t, "")
	u.add("Leaf").fails()
	if got, want := u.names.asked(), []string{"github.com"}; !slices.Equal(got, want) {
		t.Errorf("without a mirror julia asked for %q, want %q", got, want)
	}
}

// An empty depot gets General, packed as upstream has it, and asks nobody else.
func testJuliaFirstUse(t *testing.T) {
	t.Parallel()
	m, w := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.does(`pkg"registry add"; pkg"registry status"`).ok("General", "Corp")
	for _, registry := range []string{"General", "Corp"} {
		if got := u.registry(registry); got != w.trees[registry] {
			t.Errorf("%s has the tree %s, want %s", registry, got, w.trees[registry])
		}
	}
	want := []string{
		"GET /julia/registries 200", "GET /julia/registries 200",
		"GET /julia/registry/" + generalUUID + "/" + w.trees["General"] + " 200",
		"GET /julia/registry/" + corpUUID + "/" + w.trees["Corp"] + " 200",
	}
	if got := served.asked(); !slices.Equal(got, want) {
		t.Errorf("julia asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	u.stayed(served)

	alone := newJuliaUser(t, served.URL)
	alone.does(`Pkg.Registry.add(RegistrySpec(uuid = "` + generalUUID + `"))`).ok()
	if got := alone.registry("General"); got != w.trees["General"] {
		t.Errorf("General has the tree %s, want %s", got, w.trees["General"])
	}
	alone.stayed(served)
}

func testJuliaAdd(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	u.has("Branch 1.1.0", "Leaf 1.1.0", "Sap_jll 1.2.3+0", "Tree 1.1.0", "Twig 0.3.0")
	u.says("Tree", "Tree.name()", treeSays)
	u.stayed(served)
}

func testJuliaFixedVersion(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.does(`Pkg.add([PackageSpec(name = "Tree", version = "1.0.0"), PackageSpec(name = "Branch", version = "1.0.0")])`).ok()
	u.has("Branch 1.0.0", "Leaf 1.1.0", "Tree 1.0.0")
	u.says("Tree", "Tree.name()", "tree 1.0.0 with branch 1.0.0 of leaf 1.1.0")
	// withdrawn, as upstream says: nobody gets it who does not have it in a manifest
	u.does(`Pkg.add(PackageSpec(name = "Leaf", version = "1.2.0"))`).fails("Unsatisfiable requirements")
	u.stayed(served)
}

// A package of binaries installs the artifact of the user's platform and no other.
func testJuliaJLL(t *testing.T) {
	t.Parallel()
	m, w := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Sap_jll").ok()
	if got, want := served.artifacts(), []string{w.artifact("Sap_jll-1.2.3+0", "Sap", 0)}; !slices.Equal(got, want) {
		t.Errorf("julia asked for the artifacts %q, want %q", got, want)
	}
	u.says("Sap_jll", "Sap_jll.sap()", "sap 1.2.3")
	u.stayed(served)
}

func testJuliaTest(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Leaf").ok()
	u.does(`Pkg.test("Leaf")`).ok("Leaf tests passed")
	u.stayed(served)
}

// From a mirror of a part, the resolver takes what is there, and what is not there
// is not looked for elsewhere.
func testJuliaPruned(t *testing.T) {
	t.Parallel()
	s := newJuliaSite(t, juliaPublished(t))
	m := s.mirror(t, `packages = ["Tree@~1.0"]`, `versions = "latest:1"`, `platforms = ["x86_64-linux-gnu"]`).synced()
	if got, want := m.holds("package"), s.packages("Branch-1.1.0", "Leaf-1.1.0", "Tree-1.0.0", "Twig-0.3.0"); !slices.Equal(got, want) {
		t.Errorf("the mirror has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	m.offmirror("verify").ok()
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	u.has("Branch 1.1.0", "Leaf 1.1.0", "Tree 1.0.0", "Twig 0.3.0")
	u.says("Tree", "Tree.name()", "tree 1.0.0 with branch 1.1.0 of leaf 1.1.0 and twig 0.3.0")
	if u.registry("General") == s.trees["General"] {
		t.Error("the registry of a mirror of a part is upstream's")
	}

	before := len(served.find(""))
	u.does(`Pkg.add(PackageSpec(name = "Leaf", version = "1.0.0"))`).fails("Unsatisfiable requirements")
	u.does(`Pkg.add(PackageSpec(name = "Tree", version = "1.1.0"))`).fails("Unsatisfiable requirements")
	u.add("Cellar").fails("Unsatisfiable requirements") // known, of which no version is here
	for _, x := range served.exchanges()[before:] {
		if x.path != "/julia/registries" {
			t.Errorf("for a version that is not mirrored julia asked %s", x.path)
		}
	}
	u.stayed(served)
}

// A manifest as selection: the mirror has exactly what its owner needs, withdrawn
// versions included.
func testJuliaManifest(t *testing.T) {
	t.Parallel()
	s := newJuliaSite(t, juliaPublished(t))
	author := newJuliaUser(t, s.up.URL)
	author.add("Tree", "Cellar").ok()
	author.pin("Leaf", "1.1.0", "1.2.0", s.juliaWorld)

	m := s.mirror(t, `platforms = ["x86_64-linux-gnu"]`).synced("--manifest", filepath.Join(author.dir, "app/Manifest.toml"))
	packages := s.packages("Branch-1.1.0", "Cellar-0.1.0", "Leaf-1.2.0", "Sap_jll-1.2.3+0", "Tree-1.1.0", "Twig-0.3.0")
	if got := m.holds("package"); !slices.Equal(got, packages) {
		t.Errorf("the mirror has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(packages, "\n"))
	}
	artifacts := []string{"artifact/" + s.artifact("Sap_jll-1.2.3+0", "Sap", 0), "artifact/" + s.artifact("Cellar-0.1.0", "wine", 0)}
	slices.Sort(artifacts)
	if got := m.holds("artifact"); !slices.Equal(got, artifacts) {
		t.Errorf("the mirror has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(artifacts, "\n"))
	}
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.copies(author)
	u.does("Pkg.instantiate()").ok()
	u.says("Tree", "Tree.name()", strings.Replace(treeSays, "leaf 1.1.0", "leaf 1.2.0", 1))
	u.says("Cellar", "Cellar.wine()", "wine of 2019")
	if got, want := u.read("app/Manifest.toml"), author.read("app/Manifest.toml"); got != want {
		t.Errorf("instantiate changed the manifest to\n%s", got)
	}
	u.stayed(served)
}

// Who prepares a depot for another platform finds its artifacts if that platform was
// chosen; those of a third are not there.
func testJuliaSecondPlatform(t *testing.T) {
	t.Parallel()
	s := newJuliaSite(t, juliaPublished(t))
	author := newJuliaUser(t, s.up.URL)
	author.add("Sap_jll").ok()
	m := s.mirror(t, `platforms = ["x86_64-linux-gnu", "aarch64-linux-gnu"]`).synced("--manifest", filepath.Join(author.dir, "app/Manifest.toml"))
	served := m.serve()
	for entry, platform := range []string{"Linux(:x86_64)", "Linux(:aarch64)"} {
		u := newJuliaUser(t, served.URL)
		u.copies(author)
		u.does(`using Pkg.BinaryPlatforms; Pkg.instantiate(platform = ` + platform + `)`).ok()
		if artifact := s.artifact("Sap_jll-1.2.3+0", "Sap", entry); len(served.find(artifact)) != 1 {
			t.Errorf("%s: julia did not ask for %s: %q", platform, artifact, served.artifacts())
		}
		u.stayed(served)
	}

	third := newJuliaUser(t, served.URL)
	third.copies(author)
	third.does(`using Pkg.BinaryPlatforms; Pkg.instantiate(platform = MacOS(:x86_64))`).fails()
	absent := served.find(s.artifact("Sap_jll-1.2.3+0", "Sap", 3))
	if len(absent) != 1 || absent[0].status != 404 {
		t.Errorf("the artifact of a platform that was not chosen: %v", absent)
	}
}

// A lazy artifact comes when it is used, and not before.
func testJuliaLazy(t *testing.T) {
	t.Parallel()
	m, w := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Cellar").ok()
	if got := served.artifacts(); len(got) > 0 {
		t.Errorf("julia asked for %q before it was used", got)
	}
	u.says("Cellar", "Cellar.wine()", "wine of 2019")
	if got, want := served.artifacts(), []string{w.artifact("Cellar-0.1.0", "wine", 0)}; !slices.Equal(got, want) {
		t.Errorf("julia asked for the artifacts %q, want %q", got, want)
	}
	u.stayed(served)
}

// An artifact with empty folders has a name that git would give it without them,
// and all its folders.
func testJuliaEmptyFolders(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Hollow").ok().saysNothingOf("Tree Hash Mismatch")
	u.says("Hollow", "Hollow.inside()", "deep empty full")
	u.stayed(served)
}

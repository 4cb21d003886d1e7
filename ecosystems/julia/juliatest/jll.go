package juliatest

import "strings"

// PublishJLL publishes a package of binaries as BinaryBuilder makes them, one artifact for each
// platform ("x86_64-linux-gnu-libgfortran5"), and JLLWrappers if there is none. The
// name may lack the "_jll". Unlike those of today it finds its artifacts by Pkg, so that
// Julia 1.4 and later can load it.
func (r *Registry) PublishJLL(name, number string, platforms ...string) Release {
	name = strings.TrimSuffix(name, "_jll")
	if r.Project("JLLWrappers") == nil {
		r.Publish("JLLWrappers", Version{Number: "1.7.1"})
	}
	v := Version{Number: number, Deps: []string{"JLLWrappers 1.2.0", "Libdl", "Pkg"}}
	for _, p := range platforms {
		v.Artifacts = append(v.Artifacts, Artifact{Name: name, Platform: p})
	}
	return r.Publish(name+"_jll", v)
}

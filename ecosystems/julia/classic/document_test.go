package classic_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/classic"
)

func TestTimeIsLocalToTheSecond(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 7, 8, 9, 999, time.Local)
	if got := classic.Time(at.UTC()); got != "2026-11-20 07:08:09" {
		t.Errorf("got %s", got)
	}
}

// The bytes are those of json.dump(…, indent=4, sort_keys=True).
func TestStatusOfANewMirror(t *testing.T) {
	t.Parallel()
	s := classic.Status{Name: `mirror "1" & <Jülich> 🚀`, Created: "2026-11-20 07:08:09", Updated: "2026-11-20 07:08:10"}
	want := `{
    "client": {
        "status": "unavailable"
    },
    "config": {
        "ignore_invalid": false,
        "mirror_metadata": false,
        "mirror_packages": false,
        "mirror_releases": false,
        "registries": {},
        "sync_latest": false
    },
    "created_time": "2026-11-20 07:08:09",
    "last_updated": "2026-11-20 07:08:10",
    "metadata": {
        "status": "unavailable"
    },
    "mirror_version": "1.0.0",
    "name": "mirror \"1\" & <J\u00fclich> \ud83d\ude80",
    "packages": {
        "status": "unavailable"
    },
    "registries": {
        "status": "unavailable"
    },
    "releases": {
        "status": "unavailable"
    }
}`
	if diff := cmp.Diff(want, string(s.Format())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var decoded map[string]any
	if err := json.Unmarshal(s.Format(), &decoded); err != nil || decoded["name"] != s.Name {
		t.Errorf("%v, %v", decoded["name"], err)
	}
}

func TestStatusWithEverything(t *testing.T) {
	t.Parallel()
	up := classic.Section{State: classic.Updated, Created: "a", Updated: "b"}
	s := classic.Status{
		Name: "m", Created: "a", Updated: "b",
		Config: classic.Config{Releases: true, Metadata: true, Packages: true, Latest: true, IgnoreInvalid: true, Registries: map[string]string{"General": "https://x/General.git"}},
		Client: up, Releases: up, Metadata: classic.Section{State: classic.Failed, Created: "a", Updated: "c"}, Registries: up, Packages: up,
		Series: map[string]classic.Series{"v1.10": {Subversion: "v1.10.4", Updated: "b"}, "latest": {Subversion: "latest", Updated: "c"}},
		Each:   map[string]classic.Section{"General": up, "Corp": {State: classic.Failed}},
	}
	updated := map[string]any{"status": "updated", "created_time": "a", "last_updated": "b"}
	want := map[string]any{
		"name": "m", "mirror_version": "1.0.0", "created_time": "a", "last_updated": "b",
		"config": map[string]any{
			"mirror_releases": true, "mirror_metadata": true, "mirror_packages": true, "sync_latest": true, "ignore_invalid": true,
			"registries": map[string]any{"General": "https://x/General.git"},
		},
		"client": updated, "packages": updated,
		"metadata": map[string]any{"status": "failed", "created_time": "a", "last_updated": "c"},
		"releases": map[string]any{
			"status": "updated", "created_time": "a", "last_updated": "b",
			"v1.10":  map[string]any{"subversion": "v1.10.4", "last_updated": "b"},
			"latest": map[string]any{"subversion": "latest", "last_updated": "c"},
		},
		"registries": map[string]any{
			"status": "updated", "created_time": "a", "last_updated": "b",
			"registries": map[string]any{"General": updated, "Corp": map[string]any{"status": "failed"}},
		},
	}
	var got map[string]any
	if err := json.Unmarshal(s.Format(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The memory of a mirror holds its status.
func TestStatusSurvivesMemory(t *testing.T) {
	t.Parallel()
	s := classic.Status{Name: "m", Client: classic.Section{State: classic.Failed, Created: "a"}, Each: map[string]classic.Section{"General": {State: classic.Updated}}}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again classic.Status
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(s.Format()), string(again.Format())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReleaseInfo(t *testing.T) {
	t.Parallel()
	r := classic.ReleaseInfo{Updated: "2026-11-20 07:08:09", Series: map[string]classic.ReleaseSeries{
		"v1.10":  {Subversion: "v1.10.4", Files: []classic.ReleaseFile{{"julia-1.10.4-win64.exe", "https://x/bin/winnt/x64/1.10/julia-1.10.4-win64.exe"}}},
		"latest": {Subversion: classic.Latest},
	}}
	want := `{
    "last_updated": "2026-11-20 07:08:09",
    "versions": {
        "latest": {
            "urllist": []
        },
        "v1.10": {
            "subversion": "v1.10.4",
            "urllist": [
                [
                    "julia-1.10.4-win64.exe",
                    "https://x/bin/winnt/x64/1.10/julia-1.10.4-win64.exe"
                ]
            ]
        }
    }
}`
	if diff := cmp.Diff(want, string(r.Format())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

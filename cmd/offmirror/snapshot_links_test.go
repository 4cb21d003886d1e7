package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// publishLinks makes a mirror with two snapshots of hex, whose links are no driver's doing.
func publishLinks(t *testing.T, dir string) (ids []string, object store.ID) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	objects, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer objects.Close()
	history, err := layout.OpenHistory(root, objects, "hex")
	if err != nil {
		t.Fatal(err)
	}
	if object, err = objects.Put(t.Context(), []byte("content")); err != nil {
		t.Fatal(err)
	}
	file := layout.Entry{Path: "folder/file", Object: object, Size: 7}
	for _, entries := range [][]layout.Entry{
		{file, {Path: "changed", Link: "folder/file"}, {Path: "gone", Link: "folder"}, {Path: "turned", Link: "folder"}},
		{file, {Path: "changed", Link: "folder"}, {Path: "new/link", Link: "../changed"}, {Path: "turned", Object: object, Size: 7}},
	} {
		s, err := history.Write(t.Context(), layout.Header{Time: time.Unix(1, 0)}, slices.Values(entries))
		if err == nil {
			err = history.Publish(t.Context(), s)
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, s.ID)
	}
	return ids, object
}

func TestSnapshotsWithLinksAreShown(t *testing.T) {
	dir := t.TempDir()
	ids, object := publishLinks(t, dir)
	sum := object.String()
	run := func(args ...string) []string {
		t.Helper()
		p := newTestProgram(t)
		if code := p.run(t.Context(), append([]string{"--root", dir}, args...)); code != exitComplete {
			t.Fatalf("%v: exit code %d: %s", args, code, p.stderr)
		}
		return strings.Split(strings.TrimSuffix(p.stdout.(*bytes.Buffer).String(), "\n"), "\n")
	}
	link := "link" + strings.Repeat(" ", 60+2+10+1)
	show := run("snapshot", "show", "hex", "current")
	if diff := cmp.Diff([]string{
		link + "changed -> folder",
		sum + "        7 B  folder/file",
		link + "new/link -> ../changed",
		sum + "        7 B  turned",
	}, show[1:]); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(show[0], ids[1]+"  1970-01-01T00:00:01Z  4 files  14 B") {
		t.Error(show[0])
	}
	if diff := cmp.Diff([]string{
		`{"type":"file","path":"changed","size":0,"link":"folder"}`,
		`{"type":"file","path":"folder/file","object":"` + sum + `","size":7}`,
		`{"type":"file","path":"new/link","size":0,"link":"../changed"}`,
		`{"type":"file","path":"turned","object":"` + sum + `","size":7}`,
	}, run("snapshot", "show", "hex", "--json")[1:]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"~ changed -> folder",
		"- gone",
		"+ new/link -> ../changed",
		"~ turned",
		"1 added, 1 removed, 2 changed",
	}, run("snapshot", "diff", "hex", ids[0])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		`{"type":"change","path":"changed","change":"changed","old_size":0,"new_size":0,"old_link":"folder/file","new_link":"folder"}`,
		`{"type":"change","path":"gone","change":"removed","old_size":0,"new_size":0,"old_link":"folder"}`,
		`{"type":"change","path":"new/link","change":"added","old_size":0,"new_size":0,"new_link":"../changed"}`,
		`{"type":"change","path":"turned","change":"changed","old_size":0,"new_size":7,"old_link":"folder"}`,
	}, run("snapshot", "diff", "hex", ids[0], "--json")[:4]); diff != "" {
		t.Error(diff)
	}
	run("snapshot", "rollback", "hex", ids[0])
	if target, err := os.Readlink(filepath.Join(dir, "hex", "turned")); err != nil || target != "folder" {
		t.Errorf("after the rollback: %s, %v", target, err)
	}
}

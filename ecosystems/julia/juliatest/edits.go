package juliatest

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"slices"
)

// FlipByte changes one bit in the middle, for [Upstream.Tamper].
func FlipByte(data []byte) []byte {
	if len(data) > 0 {
		data[len(data)/2] ^= 1
	}
	return data
}

// ChangeContent changes one byte of the last file that is not empty, for [Upstream.TamperTar].
func ChangeContent(stream []byte) []byte {
	members := readTar(stream)
	for _, m := range slices.Backward(members) {
		if len(m.content) > 0 {
			m.content[0] ^= 1
			return writeTar(members)
		}
	}
	panic("juliatest: there is no content to change")
}

// RenameMembers gives members other names, for [Upstream.TamperTar]: "./" before them, or "../".
func RenameMembers(name func(string) string) func([]byte) []byte {
	return func(stream []byte) []byte {
		members := readTar(stream)
		for i := range members {
			members[i].Name = name(members[i].Name)
		}
		return writeTar(members)
	}
}

// AppendMember adds a member, for [Upstream.TamperTar]. The Size is set here.
func AppendMember(h tar.Header, content string) func([]byte) []byte {
	return func(stream []byte) []byte {
		h := h
		h.Size = int64(len(content))
		return writeTar(append(readTar(stream), member{&h, []byte(content)}))
	}
}

type member struct {
	*tar.Header
	content []byte
}

func readTar(stream []byte) []member {
	var list []member
	for r := tar.NewReader(bytes.NewReader(stream)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(r)
		}
		if err != nil {
			panic("juliatest: " + err.Error())
		}
		list = append(list, member{h, content})
	}
}

func writeTar(list []member) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range list {
		err := w.WriteHeader(m.Header)
		if err == nil {
			_, err = w.Write(m.content)
		}
		if err != nil {
			panic("juliatest: " + m.Name + ": " + err.Error())
		}
	}
	if err := w.Close(); err != nil {
		panic("juliatest: " + err.Error())
	}
	return b.Bytes()
}

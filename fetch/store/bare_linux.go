package store

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// bareFile is a file that is read from its beginning to its end, without what an
// os.File does beside that: for objects of a few KiB it would be most of the time.
type bareFile int

// openBare opens a regular file in an open folder, and returns its stamp. Its name is a
// single element and no symbolic link is followed, so none can lead elsewhere.
func openBare(home *folder, name string) (f bareFile, stamp Stamp, err error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(int(home.dir.Fd()), name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EMLINK) { // a link, a socket
		return 0, stamp, errNotRegular
	}
	if err != nil {
		return 0, stamp, err
	}
	var info unix.Stat_t
	if err = unix.Fstat(fd, &info); err == nil && info.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errNotRegular
	}
	if err != nil {
		_ = unix.Close(fd)
		return 0, stamp, err
	}
	return bareFile(fd), stampOfBare(&info), nil
}

func (f bareFile) Read(p []byte) (int, error) {
	n, err := retry(func() (int, error) { return unix.Read(int(f), p) })
	if err == nil && n == 0 && len(p) > 0 {
		err = io.EOF
	}
	return max(n, 0), err
}

func (f bareFile) Close() { _ = unix.Close(int(f)) }

// retry repeats a call that a signal broke off.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

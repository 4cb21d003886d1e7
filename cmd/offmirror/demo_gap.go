package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The two sides of the gap share these folders: what is carried up, and what comes back.
const (
	demoStick    = "stick"
	demoDelta    = "stick-of-tomorrow"
	demoReceipt  = "receipt.txt"
	demoFarSide  = "far-side" // knows no configuration and no upstream
	demoNewMime  = "tarballs/mime-2.0.8.tar"
	demoVolume   = "64KiB"
	demoFarStick = "../"
)

// carry packs all three ecosystems and takes them in on the far side.
func (s *story) carry(ctx context.Context) error {
	if _, err := s.offmirror(ctx, exitComplete, "bundle", "create", "--full", "-o", demoStick, "--volume-size", demoVolume); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(s.folder, demoFarSide), 0o755); err != nil {
		return err
	}
	return s.far(func() error {
		said, err := s.offmirror(ctx, exitComplete, "bundle", "apply", demoFarStick+demoStick)
		if err == nil {
			err = expect(said, "hex: published snapshot", "julia: published snapshot", "justmr: published snapshot")
		}
		if err == nil {
			_, err = s.offmirror(ctx, exitComplete, "verify")
		}
		if err != nil {
			return err
		}
		return s.serve(ctx)
	})
}

// answer brings a receipt back, and what is new across.
func (s *story) answer(ctx context.Context) error {
	err := s.far(func() error {
		_, err := s.offmirror(ctx, exitComplete, "receipt", "-o", demoFarStick+demoReceipt)
		return err
	})
	if err != nil {
		return err
	}
	s.up.Publish("mime", "2.0.8")
	if _, err := s.offmirror(ctx, exitComplete, "sync", "hex"); err != nil {
		return err
	}
	said, err := s.offmirror(ctx, exitComplete, "bundle", "create", "hex", "--receipt", demoReceipt, "-o", demoDelta, "--volume-size", demoVolume)
	if err != nil {
		return err
	}
	if files, err := filepath.Glob(filepath.Join(s.folder, demoDelta, "*.tar")); err != nil || len(files) != 1 {
		return fmt.Errorf("the difference fills %d volumes: %s", len(files), said)
	}
	return nil
}

// meddle changes a byte on the way, which is noticed, and puts it right again.
func (s *story) meddle(ctx context.Context) error {
	volumes, err := filepath.Glob(filepath.Join(s.folder, demoDelta, "*.tar"))
	if err != nil || len(volumes) == 0 {
		return fmt.Errorf("no volume to change: %w", err)
	}
	honest, err := os.ReadFile(volumes[0])
	if err != nil {
		return err
	}
	changed := bytes.Clone(honest)
	at := bytes.LastIndex(changed, []byte("objects/")) + 512 // where the bytes of an object begin
	changed[at] ^= 1
	if err := os.WriteFile(volumes[0], changed, 0o600); err != nil {
		return err
	}
	return s.far(func() error {
		said, err := s.offmirror(ctx, exitFailed, "bundle", "apply", demoFarStick+demoDelta)
		if err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(s.folder, "mirror/hex", demoNewMime)); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("the refused bundle has changed the mirror: %w", err)
		}
		if err := errors.Join(expect(said, filepath.Base(volumes[0])), os.WriteFile(volumes[0], honest, 0o600)); err != nil {
			return err
		}
		if _, err = s.offmirror(ctx, exitComplete, "bundle", "apply", demoFarStick+demoDelta); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(s.folder, "mirror/hex", demoNewMime)); err != nil {
			return err
		}
		said, err = s.offmirror(ctx, exitFailed, "bundle", "apply", demoFarStick+demoStick)
		if err != nil {
			return err
		}
		return expect(said, "--allow-rollback")
	})
}

// far tells a part of the story that happens on the other side of the gap.
func (s *story) far(tell func() error) error {
	here := s.folder
	s.folder, s.prompt = filepath.Join(here, demoFarSide), "far side $"
	defer func() { s.folder, s.prompt = here, demoPrompt }()
	return tell()
}

# offmirror. "make demo" and "make test" need Go and git, nothing else.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LINT    := golangci-lint
LINT_VERSION := 2.15.0
CACHE   := $(CURDIR)/.cache

# What the user's environment says about Go flags must not change what is built or tested.
export GOFLAGS :=
export GOWORK := off

BUILD := CGO_ENABLED=0 $(GO) build -trimpath

.PHONY: all build demo test race lint e2e bench faults docs fuzz-short clean help

all: build ## build

build: ## build bin/offmirror
	$(BUILD) -ldflags "-s -w -X main.version=$(VERSION)" -o bin/offmirror ./cmd/offmirror

demo: build ## tell the whole story on upstreams that the demo starts itself
	bin/offmirror demo

test: ## every test that needs no network and no real client
	$(GO) test ./...

race: ## the tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

lint: $(CACHE)/bin/$(LINT)-$(LINT_VERSION) ## gofmt, go vet, golangci-lint with the layering rules
	@out="$$(gofmt -l $$(git ls-files '*.go'))"; [ -z "$$out" ] || { echo "gofmt wants these files:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(CACHE)/bin/$(LINT)-$(LINT_VERSION) run ./...

# One that is installed already serves if it has the right version.
$(CACHE)/bin/$(LINT)-$(LINT_VERSION):
	@mkdir -p $(CACHE)/bin
	@for have in "$$(command -v $(LINT) || true)" "$$($(GO) env GOPATH)/bin/$(LINT)"; do \
		if [ -x "$$have" ] && "$$have" version 2>/dev/null | grep -q "version v\?$(LINT_VERSION) "; then \
			ln -sf "$$have" $@ && exit 0; \
		fi; \
	done; \
	GOBIN=$(CACHE)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION) && \
		mv $(CACHE)/bin/$(LINT) $@

e2e: build ## the real clients against a mirror, each in a network of its own
	.ci/e2e

bench: build ## offmirror and its peers side by side, as ratios
	cmd/mirrorbench/install-peers.sh
	$(BUILD) -o bin/mirrorbench ./cmd/mirrorbench
	bin/mirrorbench -offmirror bin/offmirror $(BENCH)

faults: ## kill -9, hostile upstreams, full disks, damaged media: longer than in "make test"
	OFFMIRROR_FAULT_ROUNDS=100 $(GO) test -count=1 -timeout 60m -v ./cmd/offmirror/faults
	$(GO) test -count=5 -timeout 60m -run 'Fault|Kill|Crash|Hostile' ./fetch/... ./layout/...

docs: ## write docs/config.md from the option structs
	UPDATE=1 $(GO) test -count=1 -run TestReferenceIsUpToDate ./ecosystems/all

fuzz-short: ## every fuzz target for ten seconds
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime 10s $$package; \
		done; \
	done

clean: ## remove what was built and cached here
	rm -rf bin .cache
	$(GO) clean -testcache

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '%-12s %s\n' "$$name" "$$what"; done

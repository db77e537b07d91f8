# deltatap: the two commands to know are `make demo` and `make test`.
GO       ?= go
BIN      := bin/deltatap
TOOLS    := $(CURDIR)/.tools
GOFUMPT  := $(TOOLS)/gofumpt
STATICCHECK := $(TOOLS)/staticcheck
GOFUMPT_VERSION     := v0.12.0
STATICCHECK_VERSION := v0.8.2
FUZZTIME ?= 10s
KILLS    ?= 200
WORLDS   ?= 10000
SEEDS    ?= 500
SOAK     ?= 10m

.PHONY: build demo test soak lint bench campaign fuzz deps tools clean

# Without C the program is the same on every Linux, and loads no library at its start; without
# tables for debuggers it is a third smaller. Stacks and profiles still name every function. It is
# copied, since what the linker wrote lies in memory in small pieces: until it is read from the disk
# again, it starts a quarter slower than its copy.
build: ## the program, in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o $(BIN) ./cmd/deltatap
	@cp $(BIN) $(BIN).copy && mv $(BIN).copy $(BIN)

demo: build ## a stand-in server, a day of changes, and their deltas, in under 20 seconds
	./$(BIN) demo

deps: ## what the tests need beside Go: the official Socket.IO packages, PostgreSQL, Redis
	sh .ci/deps

test: deps ## unit tests, race detector, scripts against the real binary, interoperability
	. .ci/env; $(GO) test -race -short -count=1 -parallel 8 -timeout 15m ./...

soak: deps ## what is long for its own sake: kills, restarts, faults and properties at full length, campaigns, fuzzing
	. .ci/env; DELTATAP_TEST_KILLS=$(KILLS) $(GO) test -count=1 -timeout 60m ./replay/session -run TestKilled
	. .ci/env; $(GO) test -count=1 -parallel 8 -timeout 60m ./cmd/deltatap ./replay/socket ./replay/server -run 'Restarts|ReplayedFaults|AnyMutations'
	. .ci/env; DELTATAP_SOAK=$(SOAK) $(GO) test -count=1 -v -timeout 20m ./cmd/deltatap -run TestSoak
	$(MAKE) campaign
	$(MAKE) fuzz

$(GOFUMPT):
	GOBIN=$(TOOLS) $(GO) install mvdan.cc/gofumpt@$(GOFUMPT_VERSION)

$(STATICCHECK):
	GOBIN=$(TOOLS) $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)

tools: $(GOFUMPT) $(STATICCHECK)

lint: tools ## formatting, vet, staticcheck, go.mod
	@unformatted=$$($(GOFUMPT) -l .); test -z "$$unformatted" || { echo "not formatted with gofumpt:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	$(GO) mod tidy -diff
	$(GO) test -count=1 -run TestImportEdges ./cmd/deltatap

bench: build ## speed against its peers, in one run
	sh .ci/bench

campaign: ## 10,000 made-up worlds, and 500 a fault of replay: what diff finds against what is true
	$(GO) test ./replay/diagnose/campaign -count=1 -v -run 'Laws|Oracle|FaultLog' -campaign.worlds $(WORLDS) -campaign.seeds $(SEEDS)

fuzz: ## every fuzz target for FUZZTIME each
	FUZZTIME=$(FUZZTIME) GO=$(GO) sh .ci/fuzz

clean:
	rm -rf bin .tools

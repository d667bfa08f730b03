# holdfast: build, try and test.
#
#   make           build bin/holdfast, and what is made from its tables
#   make demo      see a pair of directors at work, on this machine alone; make demo-anycast: more than two
#   make test      everything that has to hold, under 15 minutes on 2 cores
#   make bench     figures beside keepalived's
#   make help      the rest

GO        ?= go
# The daemon under test, here and in test/. DIRECTOR=keepalived plays every scene
# with Debian's keepalived in its place, which shows that the tests themselves work.
DIRECTOR  ?= bin/holdfast
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
FUZZTIME  ?= 60s
SOAKTIME  ?= 1h
PREFIX    ?= /usr
SYSCONFDIR ?= /etc
UNITDIR   ?= $(PREFIX)/lib/systemd/system
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

export GO DIRECTOR VERSION FUZZTIME SOAKTIME STATICCHECK DESTDIR PREFIX SYSCONFDIR UNITDIR KEEPALIVED

.PHONY: all build bgp docs demo demo-anycast nightly test proof interop meaning bench acceptance tables lint fuzz soak systemd packages half-hour install uninstall deps clean help verdicts faults figures

all: build docs

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/holdfast ./cmd/holdfast
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/scene ./test/scene

# The program that speaks BGP for those without a routing daemon: bin/holdfast-bgp, a module of its own.
bgp:
	cd cmd/holdfast-bgp && CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o ../../bin/holdfast-bgp .

# What comes from the tables of the program: manual pages, completions, docs/keywords.md, docs/findings.md.
docs: build
	bin/holdfast generate .

deps:
	test/make/deps

demo:
	test/make/demo

demo-anycast:
	test/make/demo-anycast

test:
	test/make/test

# What takes too long for every change; continuous integration runs it after the test.
proof:
	test/make/proof

# What takes too long for proof, and nothing calls: comparisons, whose table it writes into docs/scale.md.
nightly:
	test/make/nightly

# docs/interop.md: who speaks with whom, from tests that have two programs do so.
interop: build
	test/make/deps proof
	test/make/interop docs/interop.md

meaning: deps build
	$(GO) test -count=1 -v -timeout 20m -parallel 8 -tags e2e ./test/e2e/meaning ./config/witness

bench: deps build
	test/make/bench

acceptance: build
	test/make/acceptance

tables: build
	test/make/tables

verdicts: deps
	test/make/verdicts

faults: deps
	test/make/verdicts -faults

lint:
	test/make/lint

# How long files, functions and lines are, and how much of the code is comments.
figures:
	$(GO) run ./test/figures

fuzz:
	test/make/fuzz $(FUZZTIME)

soak: deps build
	test/make/soak $(SOAKTIME)

systemd: deps build
	test/make/systemd

# A new user's half hour, on a machine booted by systemd: mistakes, a takeover, an upgrade, removal.
half-hour: deps build
	test/make/systemd half-hour

# deb, rpm and tar in bin/packages, the same bit for bit whoever makes them.
packages:
	packaging/package

# KEEPALIVED=1 installs it under the name keepalived as well.
install: build
	@packaging/install

uninstall:
	@packaging/install remove

clean:
	rm -rf bin

help:
	@echo 'build       bin/holdfast, one static binary'
	@echo 'bgp         bin/holdfast-bgp, which speaks BGP where no routing daemon does'
	@echo 'docs        manual pages, completions, docs/keywords.md and docs/findings.md, from the tables of the program'
	@echo 'demo        the pair of directors of examples/lvs-dr-pair, every step checked'
	@echo 'demo-anycast  three directors of one address behind a router: which streams live on when one dies'
	@echo 'test        formatting, vet, staticcheck, unit tests, fuzz smoke, namespaces, IPVS, scenes'
	@echo 'proof       faults that once were, each with the right outcome; what takes too long for test'
	@echo 'nightly     two hours: a million histories, reloads of a real table, a soak; directors behind a router beside others'
	@echo 'interop     docs/interop.md: VRRP and BFD with keepalived, FRR and BIRD, from tests that ran'
	@echo 'meaning     one file given to keepalived and to us, all scenes and texts'
	@echo 'bench       failover, load, crowds and table times for holdfast and keepalived; test/make/bench -only crowd-0.1'
	@echo 'tables      tables of IPVS of those files beside keepalived, while servers come and go'
	@echo 'acceptance  verdicts on the corpus of real configuration files, if it is here'
	@echo 'verdicts    compare what -t says with keepalived, on many variants of configurations'
	@echo 'faults      inject faults into good files, and count those reported on the right line'
	@echo 'lint        formatting, vet, staticcheck, 32-bit build, unit file'
	@echo 'figures     how long files, functions and lines are, and how much of the code is comments'
	@echo 'fuzz        every fuzz target for FUZZTIME (60s)'
	@echo 'soak        the scenes over and over for SOAKTIME (1h)'
	@echo 'systemd     the service, the packages and a new user, on a machine booted by systemd'
	@echo 'packages    deb, rpm and tar in bin/packages, reproducible'
	@echo 'half-hour   what a new user does in his first half hour, on a machine booted by systemd'
	@echo 'install     below DESTDIR, PREFIX (/usr); KEEPALIVED=1: under the name keepalived too'
	@echo 'uninstall   what install has put there'
	@echo 'deps        Debian packages the tests need; installs them when root'

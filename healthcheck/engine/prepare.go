package engine

import (
	"errors"
	"fmt"
	"slices"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/lvs"
)

// prepared is a configuration that is ready to run.
type prepared struct {
	cfg   *config.Config
	setup lvs.Setup
	// parts are what the checkers of setup need besides; many need nothing and have none here.
	parts map[*config.Checker]healthcheck.Parts
	// unmarkable says why groups are not services by mark although the configuration wants that; nil if they are.
	unmarkable error
	tried      <-chan error // the answer to whether they can be, if it has yet to come
}

// preparation is a configuration that is being made ready.
type preparation struct {
	*prepared
	e        *Engine
	preparer healthcheck.Preparer
}

// prepare makes cfg ready; mu is held.
func (e *Engine) prepare(cfg *config.Config) (*prepared, error) {
	p := preparation{
		e:        e,
		prepared: &prepared{cfg: cfg, setup: lvs.SetupOf(cfg), parts: map[*config.Checker]healthcheck.Parts{}},
	}
	p.preparer.SSL = cfg.SSL
	if e.opt.Programs != nil {
		e.opt.Programs.Configure(cfg.Global)
		p.preparer.Resolve = e.opt.Programs.Resolve
	}
	// The configuration is shared and stays as it is: checkers are replaced in a copy.
	copied := false
	for i := range cfg.VirtualServers {
		if !p.plain(&cfg.VirtualServers[i]) {
			if !copied {
				p.setup.VirtualServers = slices.Clone(cfg.VirtualServers)
				copied = true
			}
			if err := p.service(&p.setup.VirtualServers[i]); err != nil {
				return nil, err
			}
		}
	}
	if p.setup.Marks.On {
		e.tryMarks(p.prepared)
	}
	return p.prepared, nil
}

// plain reports whether there is nothing to prepare: most servers of a large configuration
// have one plain check, and no copy is made of it.
func (p *preparation) plain(v *config.VirtualServer) bool {
	for i := range v.RealServers {
		for j := range v.RealServers[i].Checkers {
			if p.preparer.Needs(v.RealServers[i].Checkers[j].Kind) {
				return false
			}
		}
	}
	return true
}

func (p *preparation) service(v *config.VirtualServer) error {
	// v is a copy, but its list was still that of the configuration.
	v.RealServers = slices.Clone(v.RealServers)
	for i := range v.RealServers {
		if err := p.server(v, &v.RealServers[i]); err != nil {
			return err
		}
	}
	return nil
}

// server gives r the checkers that are made. One that is not is as if it were not there; but with alpha a server is
// down until each checker has found it up, and that one never will.
func (p *preparation) server(v *config.VirtualServer, r *config.RealServer) error {
	made := make([]config.Checker, 0, len(r.Checkers))
	parts := make([]healthcheck.Parts, 0, len(r.Checkers))
	// k is a copy: Prepare may change it.
	for _, k := range r.Checkers {
		its, err := p.preparer.Prepare(&k)
		switch {
		case errors.Is(err, healthcheck.ErrNotMade):
			r.Unproven = r.Unproven || k.Alpha
			continue
		case err != nil:
			err = fmt.Errorf("%s: checker of %s: %w", k.Pos, v.ServerName(r), err)
			// A reload is refused for it. At the start the others run, and this check fails.
			if p.e.live {
				return err
			}
			p.e.log.Error(err.Error() + " - its check will fail")
		}
		made, parts = append(made, k), append(parts, its)
	}
	// Only now: the address of a checker is its key, and made no longer grows.
	for i := range made {
		if p.preparer.Needs(made[i].Kind) {
			p.parts[&made[i]] = parts[i]
		}
	}
	r.Checkers = made
	return nil
}

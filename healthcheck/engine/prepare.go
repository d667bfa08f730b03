package engine

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/runas"
)

// prepared is a configuration that is ready to run.
type prepared struct {
	cfg      *config.Config
	setup    lvs.Setup
	patterns map[string]*healthcheck.Pattern
	programs map[string]runas.Program
}

// prepare makes cfg ready; mu is held.
func (e *Engine) prepare(cfg *config.Config) (*prepared, error) {
	p := &prepared{
		cfg:      cfg,
		setup:    lvs.SetupOf(cfg),
		patterns: map[string]*healthcheck.Pattern{},
		programs: map[string]runas.Program{},
	}
	if e.opt.Programs != nil {
		e.opt.Programs.Configure(cfg.Global)
	}
	// The configuration is shared and stays as it is: checkers are replaced in a copy.
	copied := false
	for i := range cfg.VirtualServers {
		if !plain(&cfg.VirtualServers[i]) {
			if !copied {
				p.setup.VirtualServers = slices.Clone(cfg.VirtualServers)
				copied = true
			}
			if err := e.prepareService(p, &p.setup.VirtualServers[i]); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// plain reports whether there is nothing to prepare: most servers of a large configuration
// have one plain check, and no copy is made of it.
func plain(v *config.VirtualServer) bool {
	for i := range v.RealServers {
		for j := range v.RealServers[i].Checkers {
			if v.RealServers[i].Checkers[j].Kind != config.CheckTCP {
				return false
			}
		}
	}
	return true
}

func (e *Engine) prepareService(p *prepared, v *config.VirtualServer) error {
	v.RealServers = slices.Clone(v.RealServers)
	for j := range v.RealServers {
		r := &v.RealServers[j]
		checkers, err := e.prepareCheckers(p, *v, *r)
		if err != nil {
			return err
		}
		r.Checkers = checkers
	}
	return nil
}

func (e *Engine) prepareCheckers(p *prepared, v config.VirtualServer, r config.RealServer) ([]config.Checker, error) {
	out := make([]config.Checker, 0, len(r.Checkers))
	for _, k := range r.Checkers {
		switch k.Kind {
		case config.CheckMisc:
			if !e.prepareScript(p, &k) {
				// Without its script the checker is as if it were not there (semantics 10.8).
				continue
			}
		case config.CheckHTTP, config.CheckSSL:
			if err := e.preparePatterns(p, k); err != nil {
				err = fmt.Errorf("%s: checker of %s: %w", k.Pos, lvs.ServerName(v, r), err)
				if e.live {
					return nil, err
				}
				e.log.Error(err.Error() + " - its check will fail")
			}
		case config.CheckTCP:
		default:
			// A checker that is not supported yet is as if it were not there: it must not
			// keep a server up or down.
			continue
		}
		out = append(out, k)
	}
	return out, nil
}

// prepareScript resolves the script of k and puts its path into k as keepalived shows it.
func (e *Engine) prepareScript(p *prepared, k *config.Checker) bool {
	if e.opt.Programs == nil {
		return false
	}
	prog, err := e.opt.Programs.Resolve(k.Misc.Command, "misc check script")
	if err != nil {
		return false // the resolver has said why
	}
	misc := *k.Misc // the configuration keeps its own
	misc.Argv = slices.Clone(misc.Argv)
	misc.Argv[0] = shown(prog)
	k.Misc = &misc
	p.programs[commandKey(misc.Command)] = prog
	return true
}

// shown is the path of a script in log lines: its folder without symbolic links.
func shown(p runas.Program) string {
	if len(p.Argv) == 0 {
		return p.Path
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(p.Argv[0]))
	if err != nil {
		return p.Argv[0]
	}
	return filepath.Join(dir, filepath.Base(p.Argv[0]))
}

func (e *Engine) preparePatterns(p *prepared, k config.Checker) error {
	for _, u := range k.HTTP.URLs {
		key := patternKey(u)
		if key == "" || p.patterns[key] != nil {
			continue
		}
		pat, err := healthcheck.CompilePattern(u)
		if err != nil {
			return fmt.Errorf("url %s: %w", u.Path, err)
		}
		p.patterns[key] = pat
	}
	return nil
}

func patternKey(u config.URL) string {
	if u.Regex == "" {
		return ""
	}
	return fmt.Sprintf("%s\x00%s\x00%d\x00%d", u.Regex, strings.Join(u.RegexOptions, "\x00"), u.RegexMin, u.RegexMax)
}

func commandKey(c config.Command) string {
	return c.User + "\x00" + c.Group + "\x00" + strings.Join(c.Argv, "\x00")
}

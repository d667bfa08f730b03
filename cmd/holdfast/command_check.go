package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/config/advice"
	"holdfast/config/check"
	"holdfast/config/finding"
	"holdfast/config/source"
	"holdfast/config/syntax"
	"holdfast/internal/super"
	"holdfast/internal/thishost"
)

// stdinName is how standard input is called in findings.
const stdinName = "<stdin>"

// checkFlags are the values of the options of check.
type checkFlags struct {
	policy      check.Policy
	quiet, host bool
	pair        bool
	peers       []string
	allowEmpty  bool
	configID    string
	format      *string
}

// checkCommand looks at files with everything there is to know about them.
func checkCommand(term terminal) *cobra.Command {
	c := &cobra.Command{
		Use:        "check [FILE...]",
		SuggestFor: []string{"test", "validate", "verify", "lint"},
		Short:      "say what is wrong in configuration files",
		Long: "Says what is wrong in configuration files, and gives advice. \"-\" is standard input. It needs no root,\n" +
			"no interfaces and no IPVS: what only a host can tell is looked at with --host. Without FILE it takes the\n" +
			"file of the running daemon, else " + defaultConfig + ", and looks at the host. A file or an\n" +
			"include that is missing is an error, and so is a file with nothing to run: a reload to it is refused. What\n" +
			"is in a file and would not be run makes it fail. Warnings and notes do not, unless --strict is given.\n\n" +
			"With --pair the files are those of the directors of one network, two or more, and it also says what in them\n" +
			"does not fit together, and what a takeover would change, with the place in both files.\n\n" +
			"With --peer there is one FILE, and the other director is what its holdfast print has written, a file that\n" +
			"was saved from its /v1/config, \"-\" for either, or its API socket as it comes here by ssh -L: what is wrong\n" +
			"between the two is said with the places in both. A password that is not shown there is not compared. It is\n" +
			"repeated for each further director: what is said is said of those that are not as most are.\n\n" +
			"Exit status:\n  0  nothing wrong, and all of it would be run\n  1  errors, something that is not supported yet, " +
			"or with --strict warnings\n" +
			"  2  a file cannot be read, or check was called wrongly",
		Example: "  holdfast check\n  holdfast check --host /etc/keepalived/keepalived.conf\n" +
			"  holdfast check --strict --format sarif *.conf >findings.sarif\n" +
			"  holdfast check --pair director1.conf director2.conf\n" +
			"  ssh director2 holdfast print /etc/keepalived/keepalived.conf | holdfast check --peer -\n" +
			"  holdfast check --peer director2.json --peer director3.json /etc/keepalived/keepalived.conf",
	}
	var f checkFlags
	c.Flags().BoolVar(&f.policy.Strict, "strict", false, "warnings make a file fail too")
	c.Flags().BoolVar(&f.policy.AllowUnsupported, "allow-unsupported", false,
		"what is not supported yet does not make a file fail")
	c.Flags().BoolVar(&f.allowEmpty, "allow-empty", false,
		"a file with nothing to run, as one that others include, does not fail for that")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "only what decides the exit status, no summary")
	c.Flags().BoolVar(&f.pair, "pair", false, "the files are those of the directors of one network: also check them "+
		"together")
	c.Flags().StringArrayVar(&f.peers, "peer", nil,
		"another director: what its print wrote, its /v1/config, or its API socket; may be repeated")
	c.Flags().BoolVar(&f.host, "host", false, "also look whether interfaces, users and scripts are on this host")
	configIDFlag(c, &f.configID)
	f.format = formats(c, "text", "json", "sarif")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.misused(args); err != nil {
			return err
		}
		if len(args) == 0 {
			// Whoever names no file asks about this host, so the host is looked at too.
			running := runningOptions()
			args, f.host = []string{running.file}, true
			// `@ID` lines are to be decided as the daemon decides them (grammar 7.2).
			if f.configID == "" {
				f.configID = running.configID
			}
		}
		return runCheck(c, args, f, term)
	}
	return c
}

// misused is why options and files do not go together.
func (f *checkFlags) misused(args []string) error {
	switch {
	case f.pair && len(args) < 2:
		return fmt.Errorf("--pair: want the files of two directors or more, not %d", len(args))
	case f.pair && f.host:
		return errors.New("--pair and --host: the files are those of several hosts, and this is one")
	case len(f.peers) > 0 && (f.pair || len(args) > 1):
		return errors.New("--peer: want one file of this director beside it, and no --pair")
	case count(slices.Concat(f.peers, args), "-") > 1 && len(f.peers) > 0:
		return errors.New("--peer -: standard input can be one of them only")
	}
	return nil
}

// runningOptions are those of the running daemon, the defaults if there is none or nobody may
// see them.
func runningOptions() options {
	byDefault, _ := parseOptions(nil)
	var args []string
	var dir string
	_, err := super.OnlyDaemon(func(file string) (err error) {
		args, dir, err = super.RunningCommand(file)
		return err
	})
	if err != nil {
		return byDefault
	}
	o, err := readOptions(args)
	if err != nil {
		return byDefault
	}
	// Relative names are in the directory that the daemon was started in, not in ours.
	o.absolute(dir)
	return o
}

// configIDFlag adds -i, which says what @ lines compare with.
func configIDFlag(c *cobra.Command, id *string) {
	c.Flags().StringVarP(id, "config-id", "i", "", "what @ lines compare with; the name of this host if not given")
	_ = c.RegisterFlagCompletionFunc("config-id", cobra.NoFileCompletions)
}

func runCheck(c *cobra.Command, files []string, f checkFlags, term terminal) error {
	src, err := withStdin(source.OS{}, c.InOrStdin(), files)
	if err != nil {
		return err
	}
	var results []check.Result
	var reads []check.Read
	for _, name := range files {
		read := check.ReadFile(src, shownName(name), f.options())
		results = append(results, read.Result)
		if f.pair || len(f.peers) > 0 {
			reads = append(reads, read)
		}
	}
	for _, name := range f.peers {
		peer, with, err := readPeer(src, c.InOrStdin(), name, f)
		if err != nil {
			return err
		}
		src, results = with, append(results, peer.Result)
		reads = append(reads, peer)
	}
	if all := check.Together(reads); len(all.File) > 0 {
		results = append(results, all)
	}
	var all []syntax.Diagnostic
	for i := range results {
		if f.quiet {
			results[i].Findings = check.Deciding(results[i].Findings, f.policy)
		}
		all = append(all, results[i].Findings...)
	}
	if err := f.write(c.OutOrStdout(), all, term.findings(check.Lines(src))); err != nil {
		return err
	}
	// On standard error: on standard output are the findings and nothing else.
	if *f.format == "text" && !f.quiet {
		summarize(c.ErrOrStderr(), results, f.host)
	}
	if s := check.Status(results, f.policy); s != check.StatusClean {
		return status(s)
	}
	return nil
}

func (f checkFlags) write(w io.Writer, all []syntax.Diagnostic, opt finding.Options) error {
	switch *f.format {
	case "json":
		return finding.JSON(w, all, opt)
	case "sarif":
		return finding.SARIF(w, all, opt)
	}
	return finding.Text(w, all, opt)
}

// options are those of package check.
func (f checkFlags) options() check.Options {
	o := check.Options{ConfigID: nodeID(f.configID), Dir: workingDirectory(), Getenv: os.Getenv, AllowEmpty: f.allowEmpty}
	o.Env.HostName = thishost.Name()
	if f.host {
		o.Env = thishost.Env()
		o.Host = adviceHost()
	}
	return o
}

// adviceHost is what this host answers.
func adviceHost() advice.Host {
	h := advice.Host{Networks: map[string][]netip.Prefix{}}
	links, err := net.Interfaces()
	if err != nil {
		return h // nothing is said about what is not known
	}
	for _, link := range links {
		addresses, err := link.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				h.Addresses = append(h.Addresses, p.Addr())
				h.Networks[link.Name] = append(h.Networks[link.Name], p)
			}
		}
	}
	return h
}

// count is how often a word is among some.
func count(words []string, word string) (n int) {
	for _, w := range words {
		if w == word {
			n++
		}
	}
	return n
}

// shownName is how a file of the command line is called in findings.
func shownName(file string) string {
	if file == "-" {
		return stdinName
	}
	return file
}

// withStdin puts standard input among the files if "-" is one of them, and what comes
// through pipes that the shell made, as of check <(command).
func withStdin(src syntax.Source, stdin io.Reader, files []string) (syntax.Source, error) {
	seen := map[string]bool{}
	for _, name := range files {
		in := stdin
		if name != "-" {
			if !isPipe(name) {
				continue
			}
			f, err := os.Open(name)
			if err != nil {
				continue // the source says why
			}
			defer f.Close()
			in = f
		}
		// A pipe gives its text only once.
		if seen[name] {
			continue
		}
		seen[name] = true
		text, err := readInput(in)
		if err != nil {
			return nil, err
		}
		src = source.Overlay{Source: src, Name: shownName(name), Text: string(text)}
	}
	return src, nil
}

// isPipe reports whether a name is that of a descriptor of ours that is a pipe. Other
// pipes are no files: nobody may write to them.
func isPipe(name string) bool {
	if name != "/dev/stdin" && !strings.HasPrefix(name, "/dev/fd/") && !strings.HasPrefix(name, "/proc/self/fd/") {
		return false
	}
	file, err := os.Stat(name)
	return err == nil && file.Mode()&os.ModeNamedPipe != 0
}

// readInput reads standard input or a pipe, as much as a configuration may have and one
// byte more.
func readInput(stdin io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(stdin, syntax.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return text, nil
}

// notRunShown is how many things that are not run a summary names.
const notRunShown = 12

// summarize says what was found in each file, and what was not looked at.
func summarize(w io.Writer, results []check.Result, host bool) {
	read := false
	for _, r := range results {
		fmt.Fprintf(w, "%s: %s\n", r.File, summary(r))
		if r.Own > 0 {
			fmt.Fprintf(w, "%s: %s that holdfast or keepalived reads alone (@holdfast)\n", r.File, counted(r.Own, "line"))
		}
		if names := check.Unsupported(r.Findings); len(names) > 0 {
			list := strings.Join(names[:min(len(names), notRunShown)], ", ")
			if more := len(names) - notRunShown; more > 0 {
				list += fmt.Sprintf(" and %d more", more)
			}
			fmt.Fprintf(w, "%s: not run by holdfast: %s\n", r.File, list)
		}
		read = read || !r.Unread
	}
	switch {
	case !read:
	case host:
		fmt.Fprintln(w, "interfaces, users and scripts were looked at on this host")
	default:
		fmt.Fprintln(w, "interfaces, users and scripts were not looked at (--host does)")
	}
}

// summary counts the findings of a file in words.
func summary(r check.Result) string {
	if r.Unread {
		return "cannot be read"
	}
	c := check.Count(r.Findings)
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{c.Errors, "error"}, {c.Warnings, "warning"}, {c.Notes, "note"}} {
		if p.n > 0 {
			parts = append(parts, counted(p.n, p.what))
		}
	}
	if len(parts) == 0 {
		return "nothing to say against it"
	}
	return strings.Join(parts, ", ")
}

// counted is a number of things in words.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

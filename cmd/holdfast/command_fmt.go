package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"holdfast/config/layout"
	"holdfast/config/source"
	"holdfast/config/syntax"
)

// statusUnformatted is the exit status of fmt --check when a file is laid out otherwise.
const statusUnformatted = 1

// fmtFlags are the values of the options of fmt.
type fmtFlags struct{ list, write, diff, check bool }

// fmtCommand lays files out.
func fmtCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "fmt FILE...",
		SuggestFor: []string{"format"},
		Short:      "lay configuration files out",
		Long: "Lays files out: indentation, blanks and braces, nothing of what they mean. Comments, includes,\n" +
			"definitions and conditions stay as they are. Without options the result goes to standard output.\n" +
			"\"-\" is standard input.\n\n" +
			"Exit status:\n  0  done\n  1  with --check: a file is laid out otherwise\n" +
			"  2  a file cannot be read, laid out or written, or fmt was called wrongly",
		Args: cobra.MinimumNArgs(1),
	}
	var f fmtFlags
	c.Flags().BoolVarP(&f.list, "list", "l", false, "list the files that are laid out otherwise")
	c.Flags().BoolVarP(&f.write, "write", "w", false, "write the result back, at once, with mode and owner of the file")
	c.Flags().BoolVarP(&f.diff, "diff", "d", false, "show what would change")
	c.Flags().BoolVar(&f.check, "check", false, "exit with 1 if a file is laid out otherwise")
	c.RunE = func(c *cobra.Command, args []string) error {
		differs, failed := false, false
		for _, name := range args { // a file that cannot be laid out keeps no other from it
			changed, err := f.file(c, name)
			if err != nil {
				complain(c, err)
			}
			differs, failed = differs || changed, failed || err != nil
		}
		// Of the files that failed nobody knows whether they differ, so this counts for more.
		if failed {
			return status(statusUsage)
		}
		if f.check && differs {
			return status(statusUnformatted)
		}
		return nil
	}
	return c
}

// file lays one file out and reports whether that changed it.
func (f fmtFlags) file(c *cobra.Command, name string) (changed bool, err error) {
	text, err := readText(c.InOrStdin(), name)
	if err != nil {
		return false, err
	}
	shown := shownName(name)
	out, findings := layout.Format(text)
	// A file that another layout could change is left alone; the first finding is the reason.
	if len(findings) > 0 {
		d := findings[0]
		d.Pos.File = shown
		return false, errors.New(d.String())
	}
	changed = !bytes.Equal(text, out)
	w := c.OutOrStdout()
	if f.list && changed {
		fmt.Fprintln(w, shown)
	}
	if f.diff {
		if _, err := w.Write(diff.Diff(shown+".orig", text, shown, out)); err != nil {
			return changed, err
		}
	}
	switch {
	case f.write && name == "-":
		return changed, fmt.Errorf("-w: standard input has no file to write to")
	// What is laid out already is not written, and its time stays.
	case f.write && changed:
		return changed, source.Replace(name, out)
	case !f.write && !f.list && !f.diff && !f.check:
		_, err = w.Write(out)
	}
	return changed, err
}

// readText reads a file as it is, or standard input.
func readText(stdin io.Reader, name string) ([]byte, error) {
	if name == "-" {
		text, err := readInput(stdin)
		if err != nil {
			return nil, err
		}
		// It was read up to one byte more than that, so that too much can be told from enough.
		if len(text) > syntax.MaxBytes {
			return nil, fmt.Errorf("standard input has more than %d bytes", syntax.MaxBytes)
		}
		return text, nil
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	// A FIFO could keep the program waiting, and -w has nothing to replace.
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", name)
	case info.Size() > syntax.MaxBytes:
		return nil, fmt.Errorf("%s has more than %d bytes", name, syntax.MaxBytes)
	}
	return os.ReadFile(name)
}

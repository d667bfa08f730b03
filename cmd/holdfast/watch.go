package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// usualPause is how long --watch waits without a number, in seconds, and leastPause the least it waits.
const (
	usualPause = "2"
	leastPause = 100 * time.Millisecond
)

// watchFlag adds --watch; the function it gives says how long to wait between two looks, 0 for one look. The number
// may be a word of its own.
func watchFlag(c *cobra.Command) func(args []string) (time.Duration, error) {
	text := c.Flags().String("watch", "", "look again every so many seconds")
	c.Flag("watch").NoOptDefVal = usualPause
	c.Flag("watch").DefValue = ""
	c.Args = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed("watch") && len(args) == 1 {
			return nil
		}
		return cobra.NoArgs(c, args)
	}
	return func(args []string) (time.Duration, error) {
		if !c.Flags().Changed("watch") {
			return 0, nil
		}
		said := *text
		if len(args) == 1 {
			said = args[0]
		}
		seconds, err := strconv.ParseFloat(said, 64)
		if err != nil || seconds <= 0 || seconds > 1e6 {
			return 0, fmt.Errorf("--watch %s: want a number of seconds", said)
		}
		return max(time.Duration(seconds*float64(time.Second)), leastPause), nil
	}
}

// watch looks again and again until writing fails. On a terminal each look takes the place of the one before. A
// daemon that does not run may come back.
func watch(c *cobra.Command, term terminal, pause time.Duration, look func(*cobra.Command) error) error {
	out := c.OutOrStdout()
	for first := true; ; first = false {
		var block bytes.Buffer
		c.SetOut(&block)
		err := look(c)
		c.SetOut(out)
		var said status
		if err != nil && !errors.As(err, &said) {
			fmt.Fprintln(&block, err)
		}
		switch {
		case term.is:
			_, err = out.Write(term.redraw(block.Bytes(), first))
		case first:
			_, err = out.Write(block.Bytes())
		default:
			_, err = out.Write(append([]byte("\n"), block.Bytes()...))
		}
		if err = errors.Join(err, flushed(c)); err != nil {
			return err
		}
		time.Sleep(pause)
	}
}

// redraw is what puts a block in the place of the one before: each line up to its end, then the rest of the screen.
// Lines that have no room are left out.
func (t terminal) redraw(block []byte, first bool) []byte {
	lines := bytes.SplitAfter(block, []byte("\n"))
	if room := t.rows(); room > 1 && len(lines) > room {
		left := len(lines) - room + 1
		lines = append(lines[:room-2:room-2], fmt.Appendf(nil, "... and %d lines more", left))
	}
	out := []byte("\x1b[H")
	if first {
		out = []byte("\x1b[H\x1b[2J")
	}
	for _, line := range lines {
		bare, ended := bytes.CutSuffix(line, []byte("\n"))
		if out = append(append(out, bare...), "\x1b[K"...); ended {
			out = append(out, '\n')
		}
	}
	return append(out, "\x1b[J"...)
}

package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

const (
	untidyConfig = "global_defs{\nrouter_id x # name\n      }\n"
	tidyConfig   = "global_defs {\n    router_id x  # name\n}\n"
)

func TestFmt(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "untidy.conf", untidyConfig)
	write(t, "tidy.conf", tidyConfig)
	write(t, "empty.conf", "")
	write(t, "open.conf", "vrrp_instance A {\n notify \"x\n")
	if err := os.Mkdir("dir", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("pipe", 0o644); err != nil {
		t.Fatal(err)
	}
	f := func(args string) []string { return append([]string{"fmt"}, strings.Fields(args)...) }
	for _, v := range []invocation{
		{f("tidy.conf"), 0, tidyConfig, ""},
		{f("untidy.conf"), 0, tidyConfig, ""},
		{f("untidy.conf tidy.conf"), 0, tidyConfig + tidyConfig, ""},
		{f("empty.conf"), 0, "", ""},
		{f("-l untidy.conf tidy.conf"), 0, "untidy.conf\n", ""},
		{f("-l tidy.conf"), 0, "", ""},
		{f("--check tidy.conf"), 0, "", ""},
		{f("--check untidy.conf"), 1, "", ""},
		{f("--check -l untidy.conf tidy.conf"), 1, "untidy.conf\n", ""},
		{f("-d untidy.conf"), 0, "--- untidy.conf.orig\n+++ untidy.conf\n", ""},
		{f("-d tidy.conf"), 0, "", ""},
		{f("-l open.conf untidy.conf none.conf tidy.conf"), 2, "untidy.conf\n", "holdfast fmt: stat none.conf: no such file or directory\n"},
		{f("none.conf open.conf tidy.conf"), 2, tidyConfig, "holdfast fmt: open.conf:"},
		{f("none.conf"), 2, "", "holdfast fmt: stat none.conf: no such file or directory\n"},
		{f("dir"), 2, "", "holdfast fmt: dir: not a regular file\n"},
		{f("pipe"), 2, "", "holdfast fmt: pipe: not a regular file\n"},
		{f(""), 2, "", "requires at least 1 arg(s)"},
		{f("-z untidy.conf"), 2, "", "unknown shorthand flag: 'z' in -z"},
		{f("-w none.conf"), 2, "", "no such file"},
		{f("-w open.conf"), 2, "", "holdfast fmt: open.conf:"},
	} {
		v.run(t)
	}
	if text, err := os.ReadFile("untidy.conf"); err != nil || string(text) != untidyConfig {
		t.Errorf("written without -w: %q, %v", text, err)
	}
}

func TestFmtWritesBack(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "untidy.conf", untidyConfig)
	write(t, "tidy.conf", tidyConfig)
	if err := os.Chmod("untidy.conf", 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat("tidy.conf")
	if err != nil {
		t.Fatal(err)
	}
	invocation{[]string{"fmt", "-w", "-l", "untidy.conf", "tidy.conf"}, 0, "untidy.conf\n", ""}.run(t)
	if text, err := os.ReadFile("untidy.conf"); err != nil || string(text) != tidyConfig {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat("untidy.conf"); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if after, err := os.Stat("tidy.conf"); err != nil || !os.SameFile(before, after) {
		t.Errorf("a tidy file was replaced: %v", err)
	}
	invocation{[]string{"fmt", "--check", "untidy.conf"}, 0, "", ""}.run(t)
}

func TestFmtOfStandardInput(t *testing.T) {
	if status, stdout, stderr := command(untidyConfig, "fmt", "-"); status != 0 || stdout != tidyConfig || stderr != "" {
		t.Errorf("exit status %d, %q, %q", status, stdout, stderr)
	}
	if status, stdout, _ := command(untidyConfig, "fmt", "-l", "--check", "-"); status != 1 || stdout != "<stdin>\n" {
		t.Errorf("exit status %d, %q", status, stdout)
	}
	if status, _, stderr := command(untidyConfig, "fmt", "-w", "-"); status != 2 ||
		stderr != "holdfast fmt: -w: standard input has no file to write to\n" {
		t.Errorf("exit status %d, %q", status, stderr)
	}
}

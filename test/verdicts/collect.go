package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"holdfast/config/language"
	"holdfast/test/mutate"
)

// collect makes the variants the options ask for.
func collect(o options) ([]mutate.Variant, error) {
	var out []mutate.Variant
	files, err := texts(o.good, o.corpus)
	if err != nil {
		return nil, err
	}
	if o.has("files") {
		out = append(out, files...)
	}
	if o.has("ids") {
		out = append(out, identified(files)...)
	}
	if o.has("keywords") {
		variants, frames := mutate.Keywords(language.Table())
		out = append(out, frames...)
		out = append(out, variants...)
	}
	if o.has("bounds") {
		for _, b := range mutate.Bounds(language.Table()) {
			out = append(out, b.Variant)
		}
	}
	rng := rand.New(rand.NewPCG(o.seed, 0))
	pool, seen := mutate.Pool{}, map[string]bool{}
	for _, f := range files {
		pool.Add(f.Text, seen)
	}
	for _, f := range files {
		text := secured(f.Text)
		if o.has("mutants") {
			out = append(out, mutate.Mutants(rng, f.Name, text, o.each)...)
		}
		if o.has("splices") {
			out = append(out, pool.Splices(rng, f.Name, text, o.each)...)
		}
	}
	if o.has("mixes") {
		out = append(out, pool.Mixes(rng, secured(""), o.each*len(files))...)
	}
	if o.only != "" {
		out = slices.DeleteFunc(out,
			func(v mutate.Variant) bool { return !strings.Contains(v.Name+" "+v.Kind, o.only) })
	}
	return out, nil
}

// texts reads the configurations of folders.
func texts(dirs ...string) ([]mutate.Variant, error) {
	var out []mutate.Variant
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		names, err := filepath.Glob(filepath.Join(dir, "*.conf"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			out = append(out, mutate.Variant{Name: filepath.Base(name), Kind: "file", Text: string(text)})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no configurations in %v", dirs)
	}
	return out, nil
}

// identifier finds the ids of conditional lines.
var identifier = regexp.MustCompile(`(?m)^[ \t]*@\^?([A-Za-z0-9_-]+)`)

// identified are the files with every configuration id that occurs in them: another
// file each.
func identified(files []mutate.Variant) []mutate.Variant {
	var out []mutate.Variant
	for _, f := range files {
		seen := map[string]bool{}
		for _, m := range identifier.FindAllStringSubmatch(f.Text, -1) {
			if seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			out = append(out, mutate.Variant{Name: f.Name, Kind: "id " + m[1], Text: f.Text, ID: m[1]})
		}
	}
	return out
}

// secured is a file in which scripts do not hide everything else.
func secured(text string) string {
	if strings.Contains(text, "enable_script_security") {
		return text
	}
	return strings.TrimRight(text, "\n") + "\nglobal_defs {\n enable_script_security\n script_user root\n}\n"
}

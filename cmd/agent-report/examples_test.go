package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commandsIn are the command lines of a page: those in blocks of code, and those
// between backticks, which may leave out what a command needs.
func commandsIn(page string) (list, mentioned []string) {
	for i, part := range strings.Split(page, "```") {
		if i%2 == 1 {
			for line := range strings.Lines(part) {
				list = append(list, commandsOf(line)...)
			}
			continue
		}
		for j, code := range strings.Split(part, "`") {
			if j%2 == 1 {
				mentioned = append(mentioned, commandsOf(strings.ReplaceAll(code, "\n", " "))...)
			}
		}
	}
	return list, mentioned
}

var (
	comment    = regexp.MustCompile(`\s+(#|   ).*$`)
	assignment = regexp.MustCompile(`^[A-Z_]+=\S*$`)
)

// commandsOf are the calls of the program in a line for a shell, without what a
// shell would take away.
func commandsOf(line string) []string {
	var list []string
	for _, call := range strings.Split(comment.ReplaceAllString(strings.TrimSpace(line), ""), " | ") {
		call, _, _ = strings.Cut(call, " > ")
		call, _, _ = strings.Cut(call, " < ")
		words := strings.Fields(call)
		for len(words) > 0 && assignment.MatchString(words[0]) {
			words = words[1:]
		}
		if len(words) > 2 && words[0] == "go" && words[1] == "run" {
			words = words[2:]
		}
		if len(words) > 1 && strings.HasSuffix("/"+words[0], "/agent-report") && !strings.HasPrefix(words[0], "/") {
			list = append(list, strings.Join(words[1:], " "))
		}
	}
	return list
}

// TestExamples parses every command line of the help, the README and the pages in
// docs.
func TestExamples(t *testing.T) {
	pages := map[string]string{}
	for command, lines := range examples {
		pages["help of "+command] = "```\n" + strings.Join(lines, "\n") + "\n```"
	}
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "../../README.md", "../../CHANGELOG.md") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(file)] = string(b)
	}
	found := map[string]int{}
	for page, text := range pages {
		lines, mentioned := commandsIn(text)
		for i, line := range append(lines, mentioned...) {
			found[page]++
			var c cli
			parser, err := c.parser(io.Discard, io.Discard, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			_, err = parser.Parse(words(strings.TrimSuffix(line, " --help")))
			if err != nil && (i < len(lines) || !strings.HasPrefix(err.Error(), "missing ") && !strings.HasPrefix(err.Error(), "expected \"<")) {
				t.Errorf("%s: agent-report %s: %v", page, line, err)
			}
		}
	}
	if found["README.md"] < 20 || found["help of report"] < 4 {
		t.Errorf("command lines found: %v; the test misses some", found)
	}
	for command := range examples {
		if command != "" && found["help of "+command] == 0 {
			t.Errorf("the help of %s has no example", command)
		}
	}
}

// words splits a line as a shell does, quotes and all.
func words(line string) []string {
	var list []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}

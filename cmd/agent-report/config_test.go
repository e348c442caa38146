package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestConfigurationIsPassedOn compares the variables that the program reads, those
// that the README names, and those that the compose file passes on.
func TestConfigurationIsPassedOn(t *testing.T) {
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var program []string
	for f := range reflect.TypeFor[Config]().Fields() {
		program = append(program, f.Tag.Get("env"))
	}
	_, table, _ := strings.Cut(string(read("../../README.md")), "## Configuration")
	table, _, _ = strings.Cut(table, "\n## ")
	var readme []string
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		first := ""
		for _, m := range regexp.MustCompile("`([A-Z_…]+)`").FindAllStringSubmatch(strings.Split(line, " | ")[0], -1) {
			name := m[1]
			if rest, short := strings.CutPrefix(name, "…_"); short { // as the one before, with another end
				name = first[:strings.LastIndex(first, "_")+1] + rest
			}
			first = name
			readme = append(readme, name)
		}
	}
	var compose struct {
		Services map[string]struct{ Environment map[string]*string }
	}
	if err := yaml.Unmarshal(read("../../compose.yaml"), &compose); err != nil {
		t.Fatal(err)
	}
	passed := []string{"AGENT_REPORT_DATA", "AGENT_REPORT_LISTEN"} // the image has these
	for name := range compose.Services["bot"].Environment {
		passed = append(passed, name)
	}
	slices.Sort(program)
	slices.Sort(readme)
	slices.Sort(passed)
	if !slices.Equal(program, readme) {
		t.Errorf("the program reads\n%v\nthe README names\n%v", program, readme)
	}
	if !slices.Equal(program, passed) {
		t.Errorf("the program reads\n%v\ncompose.yaml passes\n%v", program, passed)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImport holds what an import says of files as people have them.
func TestImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	table := file("export.csv", "Message ID;Ticket;Type;Actor;Created\n1;9;message;bot;2025-07-01 12:00\n2;9;message;customer;2025-07-01 11:59\n")
	for _, tt := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{table}, exitFailed, "no column is called \"id\"; there are Message ID, Ticket"},
		{[]string{"--columns", "id=Message ID", "--columns", "conversation=Ticket", "--columns", "at=Created", table}, exitDiffers, "0 events accepted, 0 duplicates, 2 refused"},
		{[]string{"--columns", "id=Message ID,conversation=Ticket,at=Created", "--zone", "Europe/Madrid", table}, exitOK, "2 events accepted"},
		{[]string{"--columns", "id", table}, exitUsage, `"id" is not FIELD=COLUMN`},
		{[]string{"--zone", "CEST", table}, exitUsage, `"CEST" is not an IANA time zone`},
		{[]string{file("other.ndjson", `{"id": 1, "conversation": 9, "type": "message", "actor": "agent", "at": 1751364000}`+"\n"+`{"id": 1, "conversation": 9, "type": "message", "actor": "agent", "at": 1751364001}`)}, exitOK, "0 events accepted, 2 duplicates, 0 refused"},
		{[]string{filepath.Join(dir, "other.ndjson")}, exitOK, "of the duplicates 1 has other contents"},
		{[]string{file("cut.json", `[{"id": 3, "conversation": 9, "type": "reopened", "at": 1751364000}, {"id": 4`)}, exitFailed, "after 1 event: not JSON: it ends too early; what came before is imported"},
	} {
		if ran := ar(t, dir, append([]string{"import"}, tt.args...)...); ran.code != tt.exit || !strings.Contains(ran.out+ran.err, tt.want) {
			t.Errorf("import %s: %d\n%s%s\nwant %d and %q", tt.args, ran.code, ran.out, ran.err, tt.exit, tt.want)
		}
	}
	if out := ar(t, dir, "report", "all", "--json").must(t, exitOK).out; !strings.Contains(out, `"conversations": 1`) {
		t.Errorf("the figures: %s", out)
	}
	if out := ar(t, dir, "explain", "9").must(t, exitOK).out; !strings.Contains(out, "2025-07-01 10:00:00.000 UTC  message   agent") {
		t.Errorf("the bot's message at noon in Madrid: %s", out)
	}
}

// Storybook shows every golden view on one sheet in a browser, so that whoever
// changes one sees what became of it: go run ./bot/fakeslack/storybook
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"

	"agentreport/bot/fakeslack"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8098", "where the sheet is, on this machine alone")
	dir := flag.String("dir", "bot/views/testdata", "folder of the golden views")
	flag.Parse()
	listener, err := net.Listen("tcp", *addr)
	if err == nil {
		fmt.Printf("Every golden view is at http://%s (Ctrl-C ends it)\n", listener.Addr())
		err = http.Serve(listener, fakeslack.Storybook(os.DirFS(*dir)))
	}
	fmt.Fprintln(os.Stderr, "storybook:", err)
	os.Exit(1)
}

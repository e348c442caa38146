.PHONY: help check test bench demo

tool = go tool -modfile=tools.mod

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

check: ## format, vet, lint and tidiness
	@test -z "$$($(tool) gofumpt -l .)" || { $(tool) gofumpt -l . | sed 's/$$/: run go tool -modfile=tools.mod gofumpt -w ./'; exit 1; }
	go vet ./...
	$(tool) staticcheck ./...
	go mod tidy -diff
	cd store/mongo/ferret && go vet ./... && go mod tidy -diff
	cd handlers/sources/testdata/exporters/go && go vet ./... && go mod tidy -diff

test: ## every test
	go test ./...

bench: ## every benchmark; docs/performance.md says how to read them
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

demo: ## the real bot in a stand-in Slack, in a browser
	go run ./cmd/agent-report demo

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// pkg is what a folder of Go files declares.
type pkg struct {
	types  map[string]declared
	values map[string][]string // by type: the texts that are its constants, quoted
}

// declared is a type, and what is said about it.
type declared struct {
	spec *ast.TypeSpec
	doc  *ast.CommentGroup
}

// read parses the Go files of a folder, without its tests.
func read(folder string) (*pkg, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	p := &pkg{types: make(map[string]declared), values: make(map[string][]string)}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if general, ok := decl.(*ast.GenDecl); ok {
				p.add(general)
			}
		}
	}
	return p, nil
}

func (p *pkg) add(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			doc := spec.Doc
			if doc == nil {
				doc = decl.Doc
			}
			p.types[spec.Name.Name] = declared{spec, doc}
		case *ast.ValueSpec:
			p.addValue(spec)
		}
	}
}

// addValue remembers a constant of a type that is a text.
func (p *pkg) addValue(spec *ast.ValueSpec) {
	of, ok := spec.Type.(*ast.Ident)
	if !ok || len(spec.Values) != 1 {
		return
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	if text, err := strconv.Unquote(literal.Value); err == nil {
		p.values[of.Name] = append(p.values[of.Name], fmt.Sprintf("'%s'", text))
	}
}

package main

import (
	"fmt"
	"go/ast"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// typeScript returns the declarations of these types and of those in them, each once.
func (p *pkg) typeScript(roots []string) (string, error) {
	var text strings.Builder
	w := &writer{pkg: p, wanted: roots}
	for i := 0; i < len(w.wanted); i++ { // it grows
		if err := w.declare(&text, w.wanted[i]); err != nil {
			return "", fmt.Errorf("%s: %w", w.wanted[i], err)
		}
	}
	return text.String(), nil
}

// writer writes types, and notes which others they need.
type writer struct {
	*pkg
	wanted []string
}

func (w *writer) declare(text *strings.Builder, name string) error {
	declared, ok := w.types[name]
	if !ok {
		return fmt.Errorf("there is no such type")
	}
	text.WriteByte('\n')
	comment(text, "", strings.Replace(declared.doc.Text(), name, exported(name), 1))
	fields, ok := declared.spec.Type.(*ast.StructType)
	if !ok {
		of, err := w.named(name)
		fmt.Fprintf(text, "export type %s = %s;\n", exported(name), of)
		return err
	}
	var parents []string
	var body strings.Builder
	for _, field := range fields.Fields.List {
		if len(field.Names) == 0 {
			parent, err := w.typeOf(field.Type)
			if err != nil {
				return err
			}
			parents = append(parents, parent)
		} else if err := w.field(&body, field); err != nil {
			return fmt.Errorf("%s: %w", field.Names[0], err)
		}
	}
	head := "export interface " + exported(name)
	if len(parents) > 0 {
		head += " extends " + strings.Join(parents, ", ")
	}
	fmt.Fprintf(text, "%s {\n%s}\n", head, &body)
	return nil
}

// field writes a field as encoding/json does. A field of texts may name those that it can
// have: `enum:"yes,no"`.
func (w *writer) field(body *strings.Builder, field *ast.Field) error {
	var tag reflect.StructTag
	if field.Tag != nil {
		quoted, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			return err
		}
		tag = reflect.StructTag(quoted)
	}
	name, options, _ := strings.Cut(tag.Get("json"), ",")
	if len(field.Names) != 1 || name == "" || name == "-" || options != "" && options != "omitempty" {
		return fmt.Errorf("it needs a name in JSON, and none or the option omitempty")
	}
	of, err := w.typeOf(field.Type)
	if err != nil {
		return err
	}
	if enum := tag.Get("enum"); enum != "" && of == "string" {
		of = "'" + strings.ReplaceAll(enum, ",", "' | '") + "'"
	}
	if options == "omitempty" {
		name, of = name+"?", strings.TrimSuffix(of, " | null")
	}
	comment(body, "  ", field.Doc.Text()+field.Comment.Text())
	fmt.Fprintf(body, "  %s: %s;\n", name, of)
	return nil
}

// typeOf returns what a type is in TypeScript.
func (w *writer) typeOf(expr ast.Expr) (string, error) {
	switch t := expr.(type) {
	case *ast.StarExpr:
		of, err := w.typeOf(t.X)
		return of + " | null", err
	case *ast.ArrayType:
		of, err := w.typeOf(t.Elt)
		if strings.Contains(of, " | ") {
			of = "(" + of + ")"
		}
		return of + "[]", err
	case *ast.MapType:
		of, err := w.typeOf(t.Value)
		return "Record<string, " + of + ">", err
	case *ast.SelectorExpr:
		switch name := fmt.Sprintf("%s.%s", t.X, t.Sel); name {
		case "room.Timestamp":
			return "string", nil
		case "json.RawMessage":
			return "unknown", nil // any JSON
		default:
			return "", fmt.Errorf("nobody has said what %s is in TypeScript", name)
		}
	case *ast.Ident:
		switch name := t.Name; name {
		case "string":
			return "string", nil
		case "bool":
			return "boolean", nil
		case "int", "int64", "uint64", "float64":
			return "number", nil
		case "raw":
			return "unknown", nil // any JSON
		default:
			if !slices.Contains(w.wanted, name) {
				w.wanted = append(w.wanted, name)
			}
			return exported(name), nil
		}
	}
	return "", fmt.Errorf("nobody has said what %T is in TypeScript", expr)
}

// named returns what a type that is no struct is: one of its constants, if it has some.
func (w *writer) named(name string) (string, error) {
	if values := w.values[name]; len(values) > 0 {
		return strings.Join(values, " | "), nil
	}
	return w.typeOf(w.types[name].spec.Type)
}

// comment writes what is said in Go, on as many lines.
func comment(text *strings.Builder, indent, said string) {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	switch {
	case lines[0] == "":
	case len(lines) == 1:
		fmt.Fprintf(text, "%s/** %s */\n", indent, lines[0])
	default:
		fmt.Fprintf(text, "%s/**\n%[1]s * %s\n%[1]s */\n", indent, strings.Join(lines, "\n"+indent+" * "))
	}
}

// exported returns a name as those are written in TypeScript.
func exported(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

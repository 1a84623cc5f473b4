namespace Slipway.Api.Cel;

/// <summary>
/// Parses an expression (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax"/>) by recursive
/// descent, operators by their precedence, and expands the macros.
/// </summary>
internal sealed class CelParser
{
    /// <summary>Most characters of an expression.</summary>
    public const int MaxLength = 100_000;

    /// <summary>Bounds the recursion of the parser.</summary>
    private const int MaxNesting = 120;

    /// <summary>Bounds the height of the tree, and with it the recursion of checker, planner and evaluator.</summary>
    private const int MaxDepth = 300;

    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace",
        "return", "var", "void", "while",
    ];

    /// <summary>Whether a text can be the name of a variable.</summary>
    public static bool IsIdentifier(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => c == '_' || char.IsAsciiLetterOrDigit(c))
        && !Reserved.Contains(text) && text is not ("true" or "false" or "null" or "in");

    private readonly List<CelToken> tokens;
    private readonly bool hasBindings;
    private int at;
    private int nesting;

    private CelParser(List<CelToken> tokens, bool hasBindings)
    {
        this.tokens = tokens;
        this.hasBindings = hasBindings;
    }

    private CelToken Current => tokens[at];

    /// <param name="text">The expression.</param>
    /// <param name="hasBindings">Whether <c>cel.bind</c> is a macro.</param>
    /// <exception cref="CelSyntaxException">The text is no expression.</exception>
    public static CelNode Parse(string text, bool hasBindings)
    {
        if (text.Length > MaxLength)
            throw new CelSyntaxException(0, $"expression code point size exceeds limit: size: {text.Length}, limit {MaxLength}");
        var parser = new CelParser(CelLexer.Tokens(text), hasBindings);
        var node = parser.Expression();
        return parser.Current.Kind == CelTokenKind.End ? node : throw parser.Unexpected();
    }

    private CelNode Expression()
    {
        Enter();
        var node = Or();
        if (Current.Is("?"))
        {
            var position = tokens[at++].Position;
            var then = Or();
            Expect(":");
            node = Call(position, CelOperators.Conditional, node, then, Expression());
        }

        nesting--;
        return node;
    }

    private CelNode Or() => Balanced("||", CelOperators.Or, () => Balanced("&&", CelOperators.And, () => Binary(0)));

    /// <summary>A chain of an operator whose order of evaluation does not matter, as a tree that is as flat as can be.</summary>
    private CelNode Balanced(string symbol, string function, Func<CelNode> operand)
    {
        var node = operand();
        if (!Current.Is(symbol)) return node;
        List<CelNode> operands = [node];
        List<int> positions = [];
        while (Current.Is(symbol))
        {
            positions.Add(tokens[at++].Position);
            operands.Add(operand());
        }

        return Build(0, operands.Count);

        CelNode Build(int from, int to)
        {
            if (to - from == 1) return operands[from];
            var middle = from + (to - from + 1) / 2;
            return Call(positions[middle - 1], function, Build(from, middle), Build(middle, to));
        }
    }

    /// <summary>Relations, sums and products, by precedence from 0.</summary>
    private CelNode Binary(int level)
    {
        var node = level == 2 ? Unary() : Binary(level + 1);
        while (Current.Kind == CelTokenKind.Symbol && Operator(Current.Text) is var (function, precedence) && precedence == level)
        {
            var position = tokens[at++].Position;
            node = Call(position, function, node, level == 2 ? Unary() : Binary(level + 1));
        }

        return node;
    }

    private static (string Function, int Precedence)? Operator(string symbol) => symbol switch
    {
        "==" => (CelOperators.Equal, 0),
        "!=" => (CelOperators.NotEqual, 0),
        "<" => (CelOperators.Less, 0),
        "<=" => (CelOperators.LessOrEqual, 0),
        ">" => (CelOperators.Greater, 0),
        ">=" => (CelOperators.GreaterOrEqual, 0),
        "in" => (CelOperators.In, 0),
        "+" => (CelOperators.Add, 1),
        "-" => (CelOperators.Subtract, 1),
        "*" => (CelOperators.Multiply, 2),
        "/" => (CelOperators.Divide, 2),
        "%" => (CelOperators.Modulo, 2),
        _ => null,
    };

    private CelNode Unary()
    {
        var position = Current.Position;
        if (Current.Is("-") && tokens[at + 1].Value is CelInt or CelDouble)
        {
            at++; // part of the literal that follows, which Primary takes with its sign
            return Member(isNegative: true);
        }

        var symbol = Current.Is("!") ? "!" : Current.Is("-") ? "-" : null;
        if (symbol is null) return Member(isNegative: false);
        var isOdd = false;
        for (; Current.Is(symbol); at++) isOdd = !isOdd;
        // The last minus before a literal is the literal's own.
        var operand = Member(isNegative: false);
        return isOdd ? Call(position, symbol == "!" ? CelOperators.Not : CelOperators.Negate, operand)
            : Call(position, symbol == "!" ? CelOperators.Not : CelOperators.Negate, Call(position, symbol == "!" ? CelOperators.Not : CelOperators.Negate, operand));
    }

    private CelNode Member(bool isNegative)
    {
        var node = isNegative ? Negated(tokens[at++]) : Primary();
        while (true)
        {
            var position = Current.Position;
            if (Take("."))
            {
                var isOptional = Take("?");
                var (name, isQuoted) = Field();
                if (!isOptional && !isQuoted && Take("("))
                    node = Macro(tokens[at - 1].Position, node, name, Arguments(")"));
                else
                    node = Measured(new CelSelect(position, node, name, IsOptional: isOptional));
            }
            else if (Take("["))
            {
                var function = Take("?") ? CelOperators.OptionalIndex : CelOperators.Index;
                node = Call(position, function, node, Expression());
                Expect("]");
            }
            else if (Current.Is("{") && TypeName(node) is { } type)
            {
                at++;
                node = Measured(new CelStructLiteral(position, type, StructFields()));
            }
            else
            {
                return node;
            }
        }
    }

    private static CelLiteral Negated(CelToken token) => new(token.Position, token.Value switch
    {
        CelInt { Value: long.MinValue } least => least, // the lexer has seen its sign
        CelInt i => new CelInt(-i.Value),
        _ => new CelDouble(-((CelDouble)token.Value!).Value),
    });

    private static string? TypeName(CelNode node) => node switch
    {
        CelIdentifier identifier => identifier.Name,
        CelSelect { TestOnly: false, IsOptional: false } select when TypeName(select.Operand) is { } outer => $"{outer}.{select.Field}",
        _ => null,
    };

    private CelNode Primary()
    {
        var token = Current;
        if (token.Kind == CelTokenKind.Literal)
        {
            at++;
            if (token.Value is CelInt { Value: long.MinValue }) throw new CelSyntaxException(token.Position, "invalid int literal");
            return new CelLiteral(token.Position, token.Value!);
        }

        if (Take("("))
        {
            var node = Expression();
            Expect(")");
            return node;
        }

        if (Take("["))
            return Measured(new CelListLiteral(token.Position, Items()));
        if (Take("{"))
            return Measured(new CelMapLiteral(token.Position, Entries()));
        var isRooted = Take(".");
        if (Current.Kind != CelTokenKind.Identifier)
            throw Unexpected("an expression");
        if (Reserved.Contains(Current.Text))
            throw new CelSyntaxException(Current.Position, $"reserved identifier: {Current.Text}");
        var name = (isRooted ? "." : "") + tokens[at++].Text;
        return Take("(") ? Macro(tokens[at - 1].Position, null, name, Arguments(")")) : new CelIdentifier(token.Position, name);
    }

    private List<CelNode> Arguments(string end) => Sequence(end, Expression);

    private List<CelListItem> Items() => Sequence("]", () =>
    {
        var isOptional = Take("?");
        return new CelListItem(Expression(), isOptional);
    });

    private List<CelMapEntry> Entries() => Sequence("}", () =>
    {
        var isOptional = Take("?");
        var key = Expression();
        Expect(":");
        return new CelMapEntry(key, Expression(), isOptional);
    });

    private List<CelStructField> StructFields() => Sequence("}", () =>
    {
        var isOptional = Take("?");
        var (name, _) = Field();
        Expect(":");
        return new CelStructField(name, Expression(), isOptional);
    });

    private List<T> Sequence<T>(string end, Func<T> next)
    {
        var items = new List<T>();
        while (!Take(end))
        {
            items.Add(next());
            if (!Take(","))
            {
                Expect(end);
                break;
            }
        }

        return items;
    }

    /// <summary>A name after a dot: reserved words are allowed there, and between back-quotes almost anything.</summary>
    private (string Name, bool IsQuoted) Field()
    {
        if (Current.Kind is not (CelTokenKind.Identifier or CelTokenKind.QuotedIdentifier))
            throw Unexpected("a field");
        var token = tokens[at++];
        return (token.Text, token.Kind == CelTokenKind.QuotedIdentifier);
    }

    private static CelNode Call(int position, string function, params IReadOnlyList<CelNode> arguments) => Measured(new CelCall(position, function, null, arguments));

    private CelNode Macro(int position, CelNode? target, string name, List<CelNode> arguments) => Measured(CelMacros.Expand(position, target, name, arguments, hasBindings));

    /// <summary>Sets the height of a node and refuses one that is too high.</summary>
    public static CelNode Measured(CelNode node)
    {
        foreach (var child in node.Children)
            node.Depth = Math.Max(node.Depth, child.Depth + 1);
        return node.Depth <= MaxDepth ? node : throw new CelSyntaxException(node.Position, "expression recursion limit exceeded: " + MaxDepth);
    }

    private void Enter()
    {
        if (++nesting > MaxNesting)
            throw new CelSyntaxException(Current.Position, "expression recursion limit exceeded: " + MaxNesting);
    }

    private bool Take(string symbol)
    {
        if (!Current.Is(symbol))
            return false;
        at++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol))
            throw Unexpected($"\"{symbol}\"");
    }

    private CelSyntaxException Unexpected(string? expected = null) =>
        new(Current.Position, $"unexpected {Current}{(expected is null ? "" : $", expected {expected}")}");
}

namespace Slipway.Api.Cel;

/// <summary>Parses an expression by recursive descent, one method for each level of precedence, and expands the macros.</summary>
internal sealed class CelParser
{
    /// <summary>Bounds the recursion of parser and evaluator.</summary>
    private const int MaxDepth = 200;

    private readonly List<CelToken> tokens;
    private int at;
    private int depth;

    private CelParser(List<CelToken> tokens) => this.tokens = tokens;

    private CelToken Current => tokens[at];

    /// <exception cref="CelSyntaxException">The text is no expression.</exception>
    public static CelNode Parse(string text)
    {
        var parser = new CelParser(CelLexer.Tokens(text));
        var node = parser.Expression();
        return parser.Current.Kind == CelTokenKind.End ? node : throw parser.Unexpected();
    }

    private CelNode Expression()
    {
        if (++depth > MaxDepth)
            throw new CelSyntaxException(Current.Position, "expression is nested too deeply");
        var node = Or();
        var position = Current.Position;
        if (Take("?"))
        {
            var then = Or();
            Expect(":");
            node = new CelConditional(position, node, then, Expression());
        }

        depth--;
        return node;
    }

    private CelNode Or() => LeftAssociative(And, s => s == "||" ? CelOperator.Or : null);

    private CelNode And() => LeftAssociative(Relation, s => s == "&&" ? CelOperator.And : null);

    private CelNode Relation() => LeftAssociative(Addition, s => s switch
    {
        "==" => CelOperator.Equal,
        "!=" => CelOperator.NotEqual,
        "<" => CelOperator.Less,
        "<=" => CelOperator.LessOrEqual,
        ">" => CelOperator.Greater,
        ">=" => CelOperator.GreaterOrEqual,
        "in" => CelOperator.In,
        _ => null,
    });

    private CelNode Addition() => LeftAssociative(Multiplication, s => s switch
    {
        "+" => CelOperator.Add,
        "-" => CelOperator.Subtract,
        _ => null,
    });

    private CelNode Multiplication() => LeftAssociative(Unary, s => s switch
    {
        "*" => CelOperator.Multiply,
        "/" => CelOperator.Divide,
        "%" => CelOperator.Modulo,
        _ => null,
    });

    private CelNode LeftAssociative(Func<CelNode> operand, Func<string, CelOperator?> operatorOf)
    {
        var node = operand();
        for (var count = 0; Current.Kind == CelTokenKind.Symbol && operatorOf(Current.Text) is { } found; count++)
        {
            if (count > MaxDepth)
                throw new CelSyntaxException(Current.Position, "expression is too long");
            var position = Current.Position;
            at++;
            node = new CelBinary(position, found, node, operand());
        }

        return node;
    }

    private CelNode Unary()
    {
        var position = Current.Position;
        CelOperator? found = Current.Is("!") ? CelOperator.Not : Current.Is("-") ? CelOperator.Negate : null;
        if (found is null)
            return Member();
        at++;
        if (found == CelOperator.Negate && Current is { Kind: CelTokenKind.Literal, Value: CelInt { Value: long.MinValue } })
            return Member(); // the literal has its sign already
        if (++depth > MaxDepth)
            throw new CelSyntaxException(position, "expression is nested too deeply");
        var node = new CelUnary(position, found.Value, Unary());
        depth--;
        return node;
    }

    private CelNode Member()
    {
        var node = Primary();
        while (true)
        {
            var position = Current.Position;
            if (Take("."))
            {
                var name = Name();
                node = Take("(") ? CelMacros.Expand(position, node, name, Arguments(")")) : new CelSelect(position, node, name);
            }
            else if (Take("["))
            {
                node = new CelIndex(position, node, Expression());
                Expect("]");
            }
            else
            {
                return node;
            }
        }
    }

    private CelNode Primary()
    {
        var token = Current;
        if (token.Kind == CelTokenKind.Literal)
        {
            at++;
            return new CelLiteral(token.Position, token.Value!);
        }

        if (Take("("))
        {
            var node = Expression();
            Expect(")");
            return node;
        }

        if (Take("["))
            return new CelListLiteral(token.Position, Arguments("]"));
        if (Take("{"))
            return new CelMapLiteral(token.Position, Entries());
        Take("."); // a leading dot names the root scope, which is the only one
        var name = Name("a value");
        return Take("(") ? CelMacros.Expand(token.Position, null, name, Arguments(")")) : new CelIdentifier(token.Position, name);
    }

    private List<CelNode> Arguments(string end)
    {
        var nodes = new List<CelNode>();
        while (!Take(end))
        {
            nodes.Add(Expression());
            if (!Take(","))
            {
                Expect(end);
                break;
            }
        }

        return nodes;
    }

    private List<(CelNode Key, CelNode Value)> Entries()
    {
        var entries = new List<(CelNode, CelNode)>();
        while (!Take("}"))
        {
            var key = Expression();
            Expect(":");
            entries.Add((key, Expression()));
            if (!Take(","))
            {
                Expect("}");
                break;
            }
        }

        return entries;
    }

    private string Name(string expected = "a name")
    {
        if (Current.Kind != CelTokenKind.Identifier)
            throw Unexpected(expected);
        return tokens[at++].Text;
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

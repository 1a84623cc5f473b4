namespace Slipway.Api.Cel;

/// <summary>The operators on values, apart from <c>||</c>, <c>&amp;&amp;</c> and <c>?:</c>, which evaluate only what they need.</summary>
internal static class CelOperators
{
    public static string Symbol(CelOperator found) => found switch
    {
        CelOperator.Or => "||",
        CelOperator.And => "&&",
        CelOperator.Not => "!",
        CelOperator.Negate or CelOperator.Subtract => "-",
        CelOperator.Equal => "==",
        CelOperator.NotEqual => "!=",
        CelOperator.Less => "<",
        CelOperator.LessOrEqual => "<=",
        CelOperator.Greater => ">",
        CelOperator.GreaterOrEqual => ">=",
        CelOperator.In => "in",
        CelOperator.Add => "+",
        CelOperator.Multiply => "*",
        CelOperator.Divide => "/",
        _ => "%",
    };

    public static CelValue Apply(CelOperator found, CelValue operand) => (found, operand) switch
    {
        (_, CelError) => operand,
        (CelOperator.Not, CelBool b) => CelBool.Of(!b.Value),
        (CelOperator.Negate, CelInt { Value: not long.MinValue } i) => new CelInt(-i.Value),
        (CelOperator.Negate, CelInt) => new CelError("integer overflow"),
        (CelOperator.Negate, CelDouble d) => new CelDouble(-d.Value),
        _ => new CelError($"no such overload: {Symbol(found)}{operand.TypeName}"),
    };

    public static CelValue Apply(CelOperator found, CelValue left, CelValue right)
    {
        if (left is CelError)
            return left;
        if (right is CelError)
            return right;
        switch (found)
        {
            case CelOperator.Equal:
                return CelBool.Of(CelEquality.Instance.Equals(left, right));
            case CelOperator.NotEqual:
                return CelBool.Of(!CelEquality.Instance.Equals(left, right));
            case CelOperator.Less or CelOperator.LessOrEqual or CelOperator.Greater or CelOperator.GreaterOrEqual:
                return Order(found, left, right);
            case CelOperator.In:
                return right switch
                {
                    CelList list => CelBool.Of(list.Items.Contains(left, CelEquality.Instance)),
                    CelMap map => CelBool.Of(map.Get(left) is not null),
                    _ => NoOverload(found, left, right),
                };
            default:
                return Arithmetic(found, left, right);
        }
    }

    private static CelValue Order(CelOperator found, CelValue left, CelValue right)
    {
        if (CelEquality.Compare(left, right) is not { } order)
            return left is CelDouble && right is CelDouble ? CelBool.False : NoOverload(found, left, right);
        return CelBool.Of(found switch
        {
            CelOperator.Less => order < 0,
            CelOperator.LessOrEqual => order <= 0,
            CelOperator.Greater => order > 0,
            _ => order >= 0,
        });
    }

    private static CelValue Arithmetic(CelOperator found, CelValue left, CelValue right)
    {
        try
        {
            return (left, right) switch
            {
                (CelInt a, CelInt b) => Integers(found, a.Value, b.Value),
                (CelUint a, CelUint b) => Integers(found, a.Value, b.Value),
                (CelDouble a, CelDouble b) when found != CelOperator.Modulo => new CelDouble(found switch
                {
                    CelOperator.Add => a.Value + b.Value,
                    CelOperator.Subtract => a.Value - b.Value,
                    CelOperator.Multiply => a.Value * b.Value,
                    _ => a.Value / b.Value,
                }),
                (CelString a, CelString b) when found == CelOperator.Add => new CelString(a.Value + b.Value),
                (CelBytes a, CelBytes b) when found == CelOperator.Add => new CelBytes((byte[])[.. a.Value.Span, .. b.Value.Span]),
                (CelList a, CelList b) when found == CelOperator.Add => new CelList([.. a.Items, .. b.Items]),
                _ => NoOverload(found, left, right),
            };
        }
        catch (OverflowException)
        {
            return new CelError("integer overflow");
        }
    }

    private static CelValue Integers(CelOperator found, long a, long b) => found switch
    {
        CelOperator.Add => new CelInt(checked(a + b)),
        CelOperator.Subtract => new CelInt(checked(a - b)),
        CelOperator.Multiply => new CelInt(checked(a * b)),
        _ when b == 0 => new CelError(found == CelOperator.Divide ? "division by zero" : "modulus by zero"),
        _ when b == -1 => found == CelOperator.Divide ? new CelInt(checked(-a)) : new CelInt(0),
        CelOperator.Divide => new CelInt(a / b),
        _ => new CelInt(a % b),
    };

    private static CelValue Integers(CelOperator found, ulong a, ulong b) => found switch
    {
        CelOperator.Add => new CelUint(checked(a + b)),
        CelOperator.Subtract => new CelUint(checked(a - b)),
        CelOperator.Multiply => new CelUint(checked(a * b)),
        _ when b == 0 => new CelError(found == CelOperator.Divide ? "division by zero" : "modulus by zero"),
        CelOperator.Divide => new CelUint(a / b),
        _ => new CelUint(a % b),
    };

    private static CelError NoOverload(CelOperator found, CelValue left, CelValue right) =>
        new($"no such overload: {left.TypeName} {Symbol(found)} {right.TypeName}");
}

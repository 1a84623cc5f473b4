using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' library of quantities (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library"/>).</summary>
internal static class QuantityFunctions
{
    public static readonly CelType QuantityType = CelType.Opaque("kubernetes.Quantity");

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("quantity", "string_to_quantity", [CelType.String], QuantityType, (_, a) => Quantity.TryParse(a[0].Text(), out var q) ? Value(q)
            : new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")),
        Global("isQuantity", "is_quantity_string", [CelType.String], CelType.Bool, (_, a) => CelBool.Of(Quantity.TryParse(a[0].Text(), out var _))),
        // The documentation has it as a member; what there is in Kubernetes is none.
        Global("sign", "quantity_sign", [QuantityType], CelType.Int, (_, a) => new CelInt(Q(a[0]).Sign)),
        Member("isInteger", "quantity_is_integer", [QuantityType], CelType.Bool, (_, a) => CelBool.Of(Q(a[0]).IsWhole)),
        Member("asInteger", "quantity_get_int", [QuantityType], CelType.Int, (_, a) => Q(a[0]).IsWhole ? new CelInt(Q(a[0]).ToUnits()) : new CelError("cannot convert value to integer")),
        Member("asApproximateFloat", "quantity_get_float", [QuantityType], CelType.Double, (_, a) => new CelDouble(Q(a[0]).ToDouble())),
        Compare("isGreaterThan", order => order > 0),
        Compare("isLessThan", order => order < 0),
        Member("compareTo", "quantity_compare_to", [QuantityType, QuantityType], CelType.Int, (_, a) => new CelInt(Q(a[0]).CompareTo(Q(a[1])))),
        Member("add", "quantity_add", [QuantityType, QuantityType], QuantityType, (_, a) => Value(Q(a[0]) + Q(a[1]))),
        Member("add", "quantity_add_int", [QuantityType, CelType.Int], QuantityType, (_, a) => Value(Q(a[0]) + Quantity.Of(a[1].Int()))),
        Member("sub", "quantity_sub", [QuantityType, QuantityType], QuantityType, (_, a) => Value(Q(a[0]) - Q(a[1]))),
        Member("sub", "quantity_sub_int", [QuantityType, CelType.Int], QuantityType, (_, a) => Value(Q(a[0]) - Quantity.Of(a[1].Int()))),
    ];

    private static Quantity Q(CelValue value) => value.Opaque<Quantity>();

    private static CelOpaque<Quantity> Value(Quantity quantity) => new(QuantityType, quantity);

    private static CelOverload Compare(string function, Func<int, bool> holds) =>
        Member(function, $"quantity_{function}", [QuantityType, QuantityType], CelType.Bool, (_, a) => CelBool.Of(holds(Q(a[0]).CompareTo(Q(a[1])))));
}

namespace Slipway.Api.Cel;

/// <summary>The libraries of functions, and which of them are where.</summary>
internal static class CelLibraries
{
    /// <summary>The types that expressions can name.</summary>
    public static readonly IReadOnlyList<CelType> Types =
    [
        CelType.Bool, CelType.Int, CelType.Uint, CelType.Double, CelType.String, CelType.Bytes, CelType.Null, CelType.AnyList, CelType.AnyMap,
        CelType.AnyType, CelType.Timestamp, CelType.Duration, CelType.Optional(CelType.Dyn),
        UrlFunctions.Url, IpFunctions.Ip, CidrFunctions.Cidr, QuantityFunctions.QuantityType, SemverFunctions.SemverType, FormatNames.FormatType,
    ];

    private static readonly IReadOnlyList<CelOverload> Standard = [.. StandardOperators.All, .. StandardFunctions.All, .. CelConversions.All, .. TimeFunctions.All, .. OptionalFunctions.All];

    /// <summary>
    /// What Kubernetes' base environment has that a server of 1.37 takes in new expressions
    /// (<see href="https://github.com/kubernetes/apiserver/blob/v0.37.0-beta.0/pkg/cel/environment/base.go"/>): all that 1.36 had.
    /// </summary>
    public static readonly IReadOnlyList<CelOverload> Kubernetes =
    [
        .. Standard, .. StringFunctions.All, .. FormatFunction.All, .. ListFunctions.All, .. ListTransforms.All, .. RegexFunctions.All, .. SetFunctions.All, .. UrlFunctions.All,
        .. IpFunctions.All, .. CidrFunctions.All, .. QuantityFunctions.All, .. FormatNames.All, .. SemverFunctions.All, .. AuthorizerFunctions.All,
    ];

    /// <summary>All there is.</summary>
    public static readonly IReadOnlyList<CelOverload> Everything = [.. Kubernetes, .. StringFunctions.Later, .. MathFunctions.All, .. EncoderFunctions.All];
}

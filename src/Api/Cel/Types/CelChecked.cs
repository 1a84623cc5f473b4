namespace Slipway.Api.Cel;

/// <summary>What the checker found out about an expression.</summary>
/// <param name="Type">Type of its result.</param>
/// <param name="Types">Type of each node.</param>
/// <param name="Overloads">For each call the signatures that its arguments can have.</param>
/// <param name="Variables">The declared variables that it reads.</param>
/// <param name="Issues">What is wrong with it.</param>
internal sealed record CelChecked(
    CelType Type,
    IReadOnlyDictionary<CelNode, CelType> Types,
    IReadOnlyDictionary<CelNode, IReadOnlyList<CelOverload>> Overloads,
    IReadOnlySet<string> Variables,
    IReadOnlyList<CelIssue> Issues);

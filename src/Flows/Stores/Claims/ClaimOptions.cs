namespace Slipway.Flows;

/// <summary>The volume of a claim in which a store keeps artifacts.</summary>
public sealed record ClaimOptions
{
    /// <summary>Namespace of store and claim.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the store.</summary>
    public required string Store { get; init; }

    /// <summary>Its uid: what is made for one store does not serve another of the name.</summary>
    public required string StoreUid { get; init; }

    /// <summary>Name of the claim.</summary>
    public required string Claim { get; init; }

    /// <summary>Directory in the volume, without a slash at the end.</summary>
    public required string Directory { get; init; }

    /// <summary>Names the claim.</summary>
    public override string ToString() => $"artifact store {Store}: claim {Claim}";
}

/// <summary>An image with <c>slipway-task</c>.</summary>
/// <param name="Image">Its name, as the cluster's nodes find it.</param>
/// <param name="Program">Where in it the program lies.</param>
public sealed record StoreImage(string Image, string Program);

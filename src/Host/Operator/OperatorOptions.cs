using System.Net;

namespace Slipway.Host.Operator;

/// <summary>How an operator runs.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Name of the operator's Service, Lease and Secret.</summary>
    public const string Name = "slipway-operator";

    /// <summary>The port that the operator listens at if nothing else is asked for.</summary>
    public const int DefaultPort = 8443;

    /// <summary>Where the operator's own objects are.</summary>
    public required string Namespace { get; init; }

    /// <summary>Directory of the ledger and the artifacts; of several operators all have the same.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The image of this program, as the cluster's nodes find it.</summary>
    public required string Image { get; init; }

    /// <summary>Where it listens.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Where the cluster's pods reach it.</summary>
    public required IPEndPoint Advertise { get; init; }

    /// <summary>Tells this operator from all others that run.</summary>
    public required string Candidate { get; init; }

    /// <summary>The name of its Service, as pods look it up.</summary>
    public string Host => $"{Name}.{Namespace}.svc";
}

namespace Slipway.Flows;

/// <summary>A bucket of an S3-compatible storage, and how it is reached.</summary>
public sealed record S3Options
{
    /// <summary>The region of storages that have none.</summary>
    public const string DefaultRegion = "us-east-1";

    /// <summary>Where the storage is, such as <c>https://s3.example.com</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The bucket, which must be there.</summary>
    public required string Bucket { get; init; }

    /// <summary>What keys begin with, such as <c>team/</c>.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The region that requests are signed for.</summary>
    public string Region { get; init; } = DefaultRegion;

    /// <summary>Whether the bucket is named in the path, as most storages other than Amazon's want it, or else in the host name.</summary>
    public bool UsesPathStyle { get; init; } = true;

    /// <summary>The authority of the storage's certificate, PEM; null for those that the system trusts.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>Who asks.</summary>
    public required string AccessKey { get; init; }

    /// <summary>What requests are signed with.</summary>
    public required string SecretKey { get; init; }

    /// <summary>Bytes from which on a file is sent in parts of that size. S3 allows parts from 5 MiB to 5 GiB, and 10,000 of them.</summary>
    public long PartSize { get; init; } = 64 << 20;

    /// <summary>How many objects an answer lists at most; S3 allows 1,000.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Names the bucket, without secrets.</summary>
    public override string ToString() => $"bucket {Bucket} at {Endpoint}";
}

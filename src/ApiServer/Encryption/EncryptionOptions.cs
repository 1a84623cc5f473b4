namespace Slipway.ApiServer.Encryption;

/// <summary>What is encrypted at rest, and with which keys.</summary>
public sealed record EncryptionOptions
{
    /// <summary>The keys of the moment; asked for at each use, so that they can be changed while the server runs.</summary>
    public required Func<EncryptionKeys> Keys { get; init; }

    /// <summary>The resources whose objects are encrypted.</summary>
    public IReadOnlyList<(string Group, string Plural)> Resources { get; init; } = [("", "secrets")];
}

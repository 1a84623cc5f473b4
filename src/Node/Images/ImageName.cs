using System.Text.RegularExpressions;

namespace Slipway.Node.Images;

/// <summary>
/// A reference to an image, complete: <c>domain/path</c> with a tag, a digest or both. Short names mean what they
/// mean to Docker and Kubernetes: <c>busybox</c> is <c>docker.io/library/busybox:latest</c>.
/// </summary>
/// <param name="Domain">Registry, with its port if it has one.</param>
/// <param name="Path">Repository within the registry.</param>
/// <param name="Tag">The tag; null when only a digest was given.</param>
/// <param name="Digest">The digest with its algorithm, such as <c>sha256:…</c>, or null.</param>
public sealed partial record ImageName(string Domain, string Path, string? Tag, string? Digest)
{
    /// <summary>Parses a reference as users write it; false when it is not one.</summary>
    public static bool TryParse(string reference, out ImageName? name)
    {
        name = null;
        if (Grammar().Match(reference) is not { Success: true } match)
            return false;
        var (path, tag, digest) = (match.Groups["name"].Value, Group(match, "tag"), Group(match, "digest"));
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : path[..slash];
        // Only a dot, a port or "localhost" tells a registry from the first part of a repository's name.
        var hasDomain = first.AsSpan().ContainsAny('.', ':') || first == "localhost" || first.Any(char.IsUpper);
        var domain = hasDomain ? first : "docker.io";
        var repository = hasDomain ? path[(slash + 1)..] : path;
        if (domain == "index.docker.io")
            domain = "docker.io";
        if (domain == "docker.io" && !repository.Contains('/', StringComparison.Ordinal))
            repository = $"library/{repository}";
        if (repository.Any(char.IsUpper) || domain.Length + repository.Length > 254)
            return false;
        name = new(domain, repository, tag ?? (digest is null ? "latest" : null), digest);
        return true;
    }

    /// <summary>Whether the tag is <c>latest</c>, which Kubernetes pulls always unless told otherwise.</summary>
    public bool IsLatest => Digest is null && Tag == "latest";

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Domain}/{Path}{(Tag is null ? "" : $":{Tag}")}{(Digest is null ? "" : $"@{Digest}")}";

    private static string? Group(Match match, string name) => match.Groups[name] is { Success: true, Value: var value } ? value : null;

    // https://github.com/distribution/reference: the domain may have upper case, the path not.
    [GeneratedRegex(@"^(?<name>(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}

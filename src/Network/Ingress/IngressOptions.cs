namespace Slipway.Network;

/// <summary>Where ingresses are served.</summary>
/// <param name="Http">TCP port of HTTP.</param>
/// <param name="Https">TCP port of HTTPS.</param>
public sealed record IngressOptions(int Http = 80, int Https = 443)
{
    /// <summary>How commands name the cluster, for messages: <c> --name NAME</c>, or nothing.</summary>
    public string NameOption { get; init; } = "";
}

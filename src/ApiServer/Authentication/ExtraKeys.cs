namespace Slipway.ApiServer.Authentication;

/// <summary>Names of what authentication tells in <see cref="UserInfo.Extra"/>.</summary>
internal static class ExtraKeys
{
    /// <summary>Which credential was shown: <c>X509SHA256=…</c> or <c>JTI=…</c>.</summary>
    public const string Credential = "authentication.kubernetes.io/credential-id";

    public const string PodName = "authentication.kubernetes.io/pod-name";
    public const string PodUid = "authentication.kubernetes.io/pod-uid";
    public const string NodeName = "authentication.kubernetes.io/node-name";
    public const string NodeUid = "authentication.kubernetes.io/node-uid";
}

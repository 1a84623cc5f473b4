namespace Slipway.Conformance;

/// <summary>kubectl, as <c>tools/fetch-clients.sh</c> has put it into <c>artifacts/clients</c>.</summary>
internal static class Kubectl
{
    /// <summary>Path of the program.</summary>
    public static string Program => Clients.Kubectl;
}

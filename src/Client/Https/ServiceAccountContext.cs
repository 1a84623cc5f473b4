namespace Slipway.Client;

/// <summary>
/// The cluster that a container runs in, as its pod's service account
/// (<see href="https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api"/>).
/// </summary>
public static class ServiceAccountContext
{
    /// <summary>Where Kubernetes puts what a pod's service account is known by.</summary>
    public const string Directory = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The context; null outside of a cluster's containers.</summary>
    /// <param name="variable">Gives the value of an environment variable; null if there is none.</param>
    /// <param name="directory">The directory with <c>token</c>, <c>ca.crt</c> and <c>namespace</c>.</param>
    /// <exception cref="IOException">The files cannot be read.</exception>
    public static KubeconfigContext? Find(Func<string, string?> variable, string directory = Directory)
    {
        var token = Path.Combine(directory, "token");
        if (variable("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host || variable("KUBERNETES_SERVICE_PORT") is not { Length: > 0 } port || !File.Exists(token))
            return null;
        var ns = Path.Combine(directory, "namespace");
        return new()
        {
            Name = "in-cluster",
            Server = host.Contains(':') ? $"https://[{host}]:{port}" : $"https://{host}:{port}",
            CertificateAuthority = File.ReadAllText(Path.Combine(directory, "ca.crt")),
            TokenFile = token,
            Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : null,
        };
    }
}

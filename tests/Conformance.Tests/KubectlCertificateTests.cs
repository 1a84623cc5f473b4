using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Client;
using Slipway.Controllers;

namespace Slipway.Conformance;

/// <summary>How one gets a certificate from the cluster with kubectl, and what it is good for.</summary>
public sealed class KubectlCertificateTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task A_certificate_is_asked_for_approved_issued_and_used()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var host = new ControllerHost(api.As("system:kube-controller-manager"), TimeProvider.System, NullLoggerFactory.Instance);
        BuiltInControllers.Register(host, null, Sign);
        var controllers = Task.Run(() => host.RunAsync(stop.Token), stop.Token);
        api.Write("request.sh", """
            openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/O=devs/CN=$1" 2> /dev/null > "$1.csr"
            cat << END
            apiVersion: certificates.k8s.io/v1
            kind: CertificateSigningRequest
            metadata: { name: $1 }
            spec: { request: $(base64 -w0 "$1.csr"), signerName: kubernetes.io/kube-apiserver-client, usages: [$2], expirationSeconds: 3600 }
            END

            """);
        await api.ReplayAsync("certificates", """
            $ sh request.sh jane 'client auth' | kubectl create -f -
            certificatesigningrequest.certificates.k8s.io/jane created
            $ kubectl certificate approve jane
            certificatesigningrequest.certificates.k8s.io/jane approved
            $ kubectl wait csr/jane --for=jsonpath='{.status.certificate}' --timeout=30s
            certificatesigningrequest.certificates.k8s.io/jane condition met
            $ kubectl get csr --no-headers
            jane   <age>   kubernetes.io/kube-apiserver-client   admin   60m   Approved,Issued
            $ kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt; kubectl config set-credentials jane --client-certificate=jane.crt --client-key=jane.key
            User "jane" set.
            $ kubectl --user=jane auth whoami -o jsonpath='{.status.userInfo.username} {.status.userInfo.groups}'
            jane ["devs","system:authenticated"]
            $ kubectl --user=jane get pods
            Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "certificates"
            [exit 1]
            $ sh request.sh joe 'client auth, server auth' | kubectl create -f -
            certificatesigningrequest.certificates.k8s.io/joe created
            $ kubectl certificate approve joe
            certificatesigningrequest.certificates.k8s.io/joe approved
            $ kubectl wait csr/joe --for=condition=Failed --timeout=30s
            certificatesigningrequest.certificates.k8s.io/joe condition met
            $ kubectl get csr joe -o jsonpath='{.status.conditions[?(@.type=="Failed")].reason}: {.status.conditions[?(@.type=="Failed")].message}'
            SignerValidationFailure: invalid usage for client certificate: server auth
            """);
        await stop.CancelAsync();
        await controllers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private string Sign(CertificateRequest certificate, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = api.Authority.GetECDsaPrivateKey()!;
        using var signed = certificate.Create(api.Authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, until, RandomNumberGenerator.GetBytes(8));
        return signed.ExportCertificatePem();
    }
}

using Slipway.Api.Cel;

namespace Slipway.Api.Devices;

/// <summary>
/// Which devices are meant, by an expression of a device class or of a request
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/resource-claim-v1/"/>, <c>CELDeviceSelector</c>).
/// Immutable.
/// </summary>
public sealed class DeviceSelector
{
    private static readonly CelEnvironment Environment = CelEnvironment.Kubernetes.WithBindings().With(new CelVariable("device", CelType.Object("kubernetes.DRADevice", new Dictionary<string, CelType>
    {
        ["driver"] = CelType.String,
        ["attributes"] = CelType.Map(CelType.String, CelType.Map(CelType.String, CelType.Dyn)),
        ["capacity"] = CelType.Map(CelType.String, CelType.Map(CelType.String, QuantityFunctions.QuantityType)),
        ["allowMultipleAllocations"] = CelType.Bool,
    })));

    private readonly CelProgram program;

    private DeviceSelector(CelProgram program) => this.program = program;

    /// <summary>Compiles an expression over <c>device</c>.</summary>
    /// <exception cref="CelCompileException">It is no expression, or not one that says true or false.</exception>
    public static DeviceSelector Compile(string expression) => new(Environment.Compile(expression, CelType.Bool));

    /// <summary>Whether a device is meant. An expression that fails on a device does not mean it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="error">What went wrong; null when nothing did.</param>
    public bool Selects(DeviceFacts device, out string? error)
    {
        var result = program.Evaluate(device.Variables).Value;
        error = result switch
        {
            CelBool => null,
            CelError wrong => wrong.Message,
            _ => $"must say true or false, and says {result}",
        };
        return result is CelBool { Value: true };
    }
}

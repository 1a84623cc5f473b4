namespace Slipway.Scheduler;

/// <summary>Which device is meant. Devices of a pool keep their names over its generations.</summary>
internal readonly record struct DeviceId(string Driver, string Pool, string Device)
{
    public override string ToString() => $"{Driver}/{Pool}/{Device}";
}

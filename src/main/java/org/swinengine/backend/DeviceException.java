package org.swinengine.backend;

/**
 * A device failed: a kernel faulted, or the device is gone. The backend cannot be used any more; what was on
 * the device is lost, what is in files is intact. The message is a sentence for the user.
 */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DeviceException(String message) {
    super(message);
  }
}
